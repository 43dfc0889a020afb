# %% In [1]
from exparse import ExParser
parser = ExParser()
_ = parser.add_argument('--lr', type=float, default=0.1)

# %% In [2]
args = parser.parse_args(args=['--lr', '0.3'])
args.lr

# %% In [3]
print('half', args.lr / 2)

