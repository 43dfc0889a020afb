"""Train a classifier on the handwritten digits that come inside scikit-learn: an ordinary argparse script."""

import csv
from argparse import BooleanOptionalAction

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from exparse import ExParser as ArgumentParser


def parse_arguments():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["logistic", "forest", "knn", "svm", "network"], default="logistic")
    parser.add_argument("--C", type=float, default=1.0, help="inverse strength of regularization (logistic, svm)")
    parser.add_argument("--n-neighbors", type=int, default=5, help="neighbours that vote (knn)")
    parser.add_argument("--n-estimators", type=int, default=100, help="trees that vote (forest)")
    parser.add_argument("--lr", type=float, default=0.001, help="step width (network)")
    parser.add_argument("--epochs", type=int, default=30, help="how often all images are seen (network)")
    parser.add_argument("--test-size", type=float, default=0.25, help="part of the images kept for the test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--normalize", action=BooleanOptionalAction, default=True, help="scale each pixel")
    return parser.parse_args()


def make_model(args):
    if args.model == "logistic":
        return LogisticRegression(C=args.C, max_iter=2000, random_state=args.seed)
    if args.model == "forest":
        return RandomForestClassifier(n_estimators=args.n_estimators, random_state=args.seed)
    if args.model == "knn":
        return KNeighborsClassifier(n_neighbors=args.n_neighbors)
    if args.model == "svm":
        return SVC(C=args.C, random_state=args.seed)
    return MLPClassifier(learning_rate_init=args.lr, random_state=args.seed)


def train(model, args, images, digits, test_images, test_digits):
    if args.model != "network":
        model.fit(images, digits)
        return
    for epoch in range(args.epochs):
        model.partial_fit(images, digits, classes=range(10))
        args.run.log(loss=model.loss_, accuracy=model.score(test_images, test_digits), step=epoch)


def main():
    args = parse_arguments()
    images, digits = load_digits(return_X_y=True)
    parts = train_test_split(images, digits, test_size=args.test_size, random_state=args.seed, stratify=digits)
    images, test_images, digits, test_digits = parts
    if args.normalize:
        scaler = StandardScaler().fit(images)
        images, test_images = scaler.transform(images), scaler.transform(test_images)

    model = make_model(args)
    train(model, args, images, digits, test_images, test_digits)

    accuracy = model.score(test_images, test_digits)
    print(f"{args.model}: {accuracy:.4f} of {len(test_digits)} test images right")
    args.run.summary(accuracy=accuracy)
    confused = confusion_matrix(test_digits, model.predict(test_images))
    args.run.image("confusion", confused / confused.max(), caption="rows: digit, columns: guess")
    with args.run.open("confusion.csv", "w", newline="") as file:
        csv.writer(file).writerows(confused)


if __name__ == "__main__":
    main()
