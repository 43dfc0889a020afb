"""What the golden root was made with."""
import math
import multiprocessing
import os
import signal
import sys
import time

from exparse import ExParser


def work():
    import exparse

    print("from the worker")
    exparse.current_run().log(loss=9.0, step=0)


if __name__ == "__main__":
    parser = ExParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--token", secret=True)
    parser.add_argument("--do", default="all", volatile=True)
    args = parser.parse_args()
    run = args.run
    if args.do == "all":
        print("hello", 'token', args.token)
        print("\rstep 1\rstep 2", end="\n")
        print("careful", file=sys.stderr)
        run.log(loss=1.0, acc=0.25, step=0)
        run.log({"loss": math.nan, "train/acc": -math.inf}, step=1)
        run.log(epochs=3)
        run.summary(acc=0.91, best={"epoch": 12, "loss": math.inf})
        import numpy

        run.image("val/confusion", numpy.eye(4), step=3, caption="no confusion")
        with run.open("models/größe 1.txt", "w") as file:
            file.write("7\n")
        run.file("train.py", "source/train.py", caption="itself")
        run.tag("paper")
        run.untag("baseline")
        run.note("The *second* layer does nothing.")
        run.description = "the first"
    if args.do == "fail":
        run.use(1, "models/größe 1.txt", "r").close()
        with run.safe():
            raise ValueError("boom")
    if args.do == "resume" and not run.resumed:
        print("attempt 1")
        run.log(loss=1.0, step=0)
        sys.exit("preempted")
    if args.do == "resume":
        print("attempt 2")
        run.log(loss=0.5, step=1)
    if args.do == "ranks":
        print("rank", run.rank or 0)
        run.log(loss=float(run.rank or 0), step=0)
        if not run.rank:
            worker = multiprocessing.get_context("fork").Process(target=work)
            worker.start()
            worker.join()
    if args.do == "kill":
        time.sleep(2)
        os.kill(os.getpid(), signal.SIGTERM)

# tuned
