"""Train a classifier on the handwritten digits that come inside scikit-learn: an ordinary argparse script."""

import csv
from argparse import BooleanOptionalAction

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from exparse import ExParser as ArgumentParser


def parse_arguments():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["logistic", "forest", "knn", "svm"], default="logistic")
    parser.add_argument("--C", type=float, default=1.0, help="inverse strength of regularization (logistic, svm)")
    parser.add_argument("--n-neighbors", type=int, default=5, help="neighbours that vote (knn)")
    parser.add_argument("--n-estimators", type=int, default=100, help="trees that vote (forest)")
    parser.add_argument("--test-size", type=float, default=0.25, help="part of the images kept for the test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--normalize", action=BooleanOptionalAction, default=True, help="scale each pixel")
    return parser.parse_args()


def make_model(args):
    if args.model == "logistic":
        model = LogisticRegression(C=args.C, max_iter=2000, random_state=args.seed)
    elif args.model == "forest":
        model = RandomForestClassifier(n_estimators=args.n_estimators, random_state=args.seed)
    elif args.model == "knn":
        model = KNeighborsClassifier(n_neighbors=args.n_neighbors)
    else:
        model = SVC(C=args.C, random_state=args.seed)
    return make_pipeline(StandardScaler(), model) if args.normalize else model


def main():
    args = parse_arguments()
    images, digits = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        images, digits, test_size=args.test_size, random_state=args.seed, stratify=digits
    )
    model = make_model(args).fit(train_x, train_y)
    guesses = model.predict(test_x)
    print(f"{args.model}: {accuracy_score(test_y, guesses):.4f} of {len(test_y)} test images right")
    with open(args.run / "confusion.csv", "w", newline="") as file:
        csv.writer(file).writerows(confusion_matrix(test_y, guesses))


if __name__ == "__main__":
    main()
