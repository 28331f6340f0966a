using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Creates Muon for the matrices of the blocks and AdamW for the other weights.</summary>
public delegate OptimizerSubject CreateMuon(ParameterTable weights, MuonSettings settings, AdamWSettings others);

/// <summary>Orthogonalizes a matrix.</summary>
public delegate Tensor OrthogonalizeMatrix(Tensor matrix);

/// <summary>Steps of Muon over weights with random gradients.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Rate">Learning rate.</param>
/// <param name="Settings">Hyperparameters of the matrices.</param>
/// <param name="Others">Hyperparameters of the other weights.</param>
/// <param name="Kernels">The kernels that may be used; None for plain operators.</param>
public sealed record MuonCase(
    int Steps, double Rate, MuonSettings Settings, AdamWSettings Others, FusedKernels Kernels = FusedKernels.All)
{
    /// <summary>
    /// The constants of the run at its peak learning rate, or at one with which the decay removes the whole weight.
    /// </summary>
    internal static IReadOnlyList<MuonCase> FromPlan(Conditions at)
    {
        var plan = at.Plan.Optimizer;
        if (plan.Kind != OptimizerKind.Muon) return [];
        var (factor, decay) = (plan.MatrixLearningRate / plan.LearningRate, plan.Muon.WeightDecay ?? plan.WeightDecay);
        var rate = new[] { plan.LearningRate, 1 / plan.WeightDecay, 1 / (factor * decay) }.Min();
        return
        [
            new(
                3, rate, new(factor, plan.Muon.Momentum, decay),
                new(plan.Beta1, plan.Beta2, plan.Epsilon, plan.WeightDecay)),
        ];
    }
}

/// <summary>Random matrices of several shapes.</summary>
/// <param name="Scale">Standard deviation of their elements.</param>
/// <param name="Shapes">Rows and columns.</param>
/// <param name="Kernels">The kernels that may be used; None for plain operators.</param>
public sealed record OrthogonalizationCase(
    double Scale, IReadOnlyList<(int Rows, int Columns)> Shapes, FusedKernels Kernels = FusedKernels.All)
{
    private const int LongestShort = 256, LongestLong = 704;

    /// <summary>The shapes of the matrices of the run, cut to what the oracle can judge.</summary>
    internal static IReadOnlyList<OrthogonalizationCase> FromPlan(Conditions at)
    {
        if (at.Plan.Optimizer.Kind != OptimizerKind.Muon) return [];
        var shapes = ParameterTable.GetShapes(at.Plan.Model).Where(MuonPlan.IsUpdated)
            .Select(weight => Cut((int)weight.Shape[0], (int)weight.Shape[1])).Distinct().ToArray();
        return [new(1, shapes)];
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{string.Join(", ", Shapes.Select(shape => $"{shape.Rows} × {shape.Columns}"))} at {Scale}, {Kernels}");

    private static (int Rows, int Columns) Cut(int rows, int columns) => rows > columns
        ? (Math.Min(rows, LongestLong), Math.Min(columns, LongestShort))
        : (Math.Min(rows, LongestShort), Math.Min(columns, LongestLong));
}

/// <summary>Muon: OPT-24, OPT-25.</summary>
public static class MuonSpec
{
    private static readonly MuonCase Usual = new(3, 0.02, new(0.5, 0.9, 0.7), new(0.8, 0.93, 1e-5, 0.3));

    private static readonly IReadOnlyList<(int Rows, int Columns)> Shapes =
        [(16, 16), (8, 24), (24, 8), (1, 7), (9, 1), (40, 33)];

    public static readonly Requirement<MuonCase, CreateMuon> OPT_24_Oracle = new()
    {
        Id = "OPT-24",
        Statement = "Muon moves every matrix of the blocks, after decoupled decay, by its own learning rate times 0.2·√max(rows, "
            + "columns) times the orthogonalized Nesterov momentum, as the float64 oracle; all other weights move as with AdamW, "
            + "and a weight without a gradient does not move.",
        Source = "Jordan et al. 2024, \"Muon\"; Liu et al. 2025, arXiv:2502.16982, section 2.2; BUG-OPT-10, BUG-OPT-13; "
            + "TOL-MUON, TOL-ADAMW",
        CanonicalCases =
        [
            Usual, Usual with { Kernels = FusedKernels.None },
            new(4, 3e-3, new(3, 0.95, 0.1), new(0.9, 0.95, 1e-8, 1.2)),
        ],
        PlanCases = MuonCase.FromPlan,
        Subject = (c, _) => (weights, settings, others) =>
        {
            var optimizer = new Muon(weights, settings, others, c.Kernels);
            return new(optimizer.Step, optimizer);
        },
        Holds = Judge,
        Impostors = new()
        {
            ["the gradient is orthogonalized, then accumulated"] = With(new()
            {
                Accumulate = (gradient, rows) => MuonOracle.Orthogonalize(gradient, rows),
                Direct = (_, momentum, _) => momentum,
                Orthogonalize = (matrix, _) => matrix,
            }),
            ["the gradient is orthogonalized, without momentum"] = With(new() { Direct = (gradient, _, _) => gradient }),
            ["momentum without Nesterov"] = With(new() { Direct = (_, momentum, _) => momentum }),
            ["Muon for the embedding too"] = With(new()
            {
                IsUpdated = weight => MuonPlan.IsUpdated(weight) || weight.Name == "embed_tokens.weight",
            }),
            ["Muon for the head too"] = With(new()
            {
                IsUpdated = weight => MuonPlan.IsUpdated(weight) || weight.Name == "lm_head.weight",
            }),
            ["AdamW for the keys"] = With(new()
            {
                IsUpdated = weight => MuonPlan.IsUpdated(weight) && !weight.Name.Contains("k_proj", StringComparison.Ordinal),
            }),
            ["tall matrices are reshaped, not transposed"] = With(new()
            {
                Orthogonalize = (matrix, rows) => MuonOracle.Orthogonalize(
                    matrix, rows > matrix.Length / rows ? matrix.Length / rows : rows),
            }),
            ["the result is transposed"] = With(new()
            {
                Orthogonalize = (matrix, rows) => Transpose(MuonOracle.Orthogonalize(matrix, rows), rows),
            }),
            ["no scale"] = With(new() { Scale = (_, _) => 1 }),
            ["√max(1, rows ÷ columns), another scale"] = With(new()
            {
                Scale = (rows, columns) => Math.Sqrt(Math.Max(1, (double)rows / columns)),
            }),
            ["the scale of the shorter side"] = With(new()
            {
                Scale = (rows, columns) => 0.2 * Math.Sqrt(Math.Min(rows, columns)),
            }),
            ["the rate of the other weights"] = With(new() { IgnoresOwnRate = true }),
            ["no decay"] = With(new() { Decay = (_, _) => 1 }),
            ["the decay is not multiplied by the learning rate"] = With(new() { Decay = (_, decay) => 1 - decay }),
            ["four applications of the polynomial"] = With(new()
            {
                Orthogonalize = (matrix, rows) => MuonOracle.Orthogonalize(matrix, rows, iterations: 4),
            }),
            ["a matrix without a gradient moves by its momentum"] = With(new() { MovesWithoutGradient = true }),
        },
    };

    public static readonly Requirement<OrthogonalizationCase, OrthogonalizeMatrix> OPT_25_Orthogonalization = new()
    {
        Id = "OPT-25",
        Statement = "Orthogonalization of square, wide and tall matrices, of any scale, has the elements of five applications of "
            + "the polynomial in float64.",
        Source = "Jordan et al. 2024, \"Muon\": coefficients 3.4445, −4.7750, 2.0315; TOL-MUON",
        CanonicalCases =
        [
            new(1, Shapes), new(1e-3, Shapes), new(100, Shapes, FusedKernels.None),
        ],
        PlanCases = OrthogonalizationCase.FromPlan,
        Subject = (c, _) => matrix => NewtonSchulz.Orthogonalize(matrix, c.Kernels),
        Holds = (orthogonalize, c, at) => Verdict.All(c.Shapes.Select((shape, i) =>
        {
            using var scope = NewDisposeScope();
            var matrix = at.Normal(200 + i, c.Scale, [shape.Rows, shape.Columns]);
            var expected = MuonOracle.Orthogonalize(matrix.Doubles(), shape.Rows);
            var found = orthogonalize(matrix);
            return found.shape is [var rows, var columns] && (rows, columns) == shape
                ? Verdict.AtMost(
                    Tolerance.Orthogonalized(Math.Max(shape.Rows, shape.Columns)), found.Doubles().LargestDifference(expected),
                    $"{shape.Rows} × {shape.Columns}, largest |Δ|")
                : Verdict.That(false, $"{shape.Rows} × {shape.Columns} became [{string.Join(", ", found.shape)}]");
        })),
        Impostors = new()
        {
            ["the cubic polynomial of Newton and Schulz"] = (_, _) => matrix => Iterate(matrix, 1.5, -0.5, 0),
            ["coefficients that converge to one"] = (_, _) => matrix => Iterate(matrix, 2, -1.5, 0.5),
            ["singular values of exactly one"] = (_, _) => matrix =>
            {
                using var scope = NewDisposeScope();
                var (u, _, v) = linalg.svd(matrix, fullMatrices: false);
                return FromDoubles(Multiply(u, v), matrix).MoveToOuterDisposeScope();
            },
            ["signs"] = (_, _) => matrix => matrix.sign() / Math.Sqrt(Math.Max(matrix.size(0), matrix.size(1))),
            ["divided by the largest element"] = (_, _) => matrix =>
                Iterate(matrix, 3.4445, -4.7750, 2.0315, values => values.Max(Math.Abs) * Math.Sqrt(values.Length)),
            ["not normalized after the first step"] = (_, _) => matrix =>
                Iterate(matrix, 3.4445, -4.7750, 2.0315, values => 2 * Math.Sqrt(values.Sum(value => value * value))),
            ["tall matrices are reshaped, not transposed"] = (_, _) => matrix =>
            {
                using var scope = NewDisposeScope();
                return matrix.size(0) > matrix.size(1)
                    ? NewtonSchulz.Orthogonalize(matrix.reshape(matrix.size(1), matrix.size(0))).reshape(matrix.shape)
                        .MoveToOuterDisposeScope()
                    : NewtonSchulz.Orthogonalize(matrix).MoveToOuterDisposeScope();
            },
            ["products in bfloat16"] = (_, _) => matrix =>
            {
                using var scope = NewDisposeScope();
                return NewtonSchulz.Orthogonalize(matrix.to(bfloat16).to(float32)).MoveToOuterDisposeScope();
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [OPT_24_Oracle, OPT_25_Orthogonalization];

    private static Verdict Judge(CreateMuon make, MuonCase c, Conditions at)
    {
        const string still = "layers.1.attn.v_proj.weight";
        using var weights = StepCase.Weights(at);
        var expected = weights.Names.ToDictionary(name => name, name => weights[name].Doubles());
        var matrices = weights.Shapes.Where(IsMatrixOfBlock).ToDictionary(weight => weight.Name, weight => new MuonOracle(
            expected[weight.Name], (int)weight.Shape[0], new double[expected[weight.Name].Length], c.Settings.Momentum,
            c.Settings.WeightDecay));
        var others = weights.Names.Except(matrices.Keys).ToDictionary(name => name, name => new AdamWOracle(
            expected[name], weights[name].ndim > 1 ? c.Others.WeightDecay : 0, c.Others.Beta1, c.Others.Beta2, c.Others.Epsilon));
        using var step = make(weights, c.Settings, c.Others);
        for (var i = 1; i <= c.Steps; i++)
        {
            StepCase.DrawGradients(weights, at, i);
            if (i == c.Steps) weights[still].grad = null;
            foreach (var name in weights.Names)
            {
                using var gradient = weights[name].grad;
                if (gradient is null) continue;
                if (matrices.TryGetValue(name, out var muon)) muon.Step(gradient.Doubles(), c.Rate * c.Settings.RateFactor);
                else others[name].Step(gradient.Doubles(), c.Rate);
            }
            step.Step(c.Rate);
        }
        return Verdict.All(weights.Names.Select(name =>
        {
            var (size, rate) = (expected[name].Max(Math.Abs), c.Rate * (matrices.ContainsKey(name) ? c.Settings.RateFactor : 1));
            return Verdict.AtMost(
                c.Steps * (matrices.ContainsKey(name) ? Tolerance.Muon(size, rate) : Tolerance.AdamW(size, rate)),
                weights[name].Doubles().LargestDifference(expected[name]), $"{name}, off by");
        }));
    }

    // Listed here, not taken from the rule of the plan.
    private static bool IsMatrixOfBlock((string Name, long[] Shape) weight) =>
        weight.Name.Split('.') is ["layers", _, "attn" or "ffn", _, "weight"];

    private static Func<MuonCase, Conditions, CreateMuon> With(IncorrectMuon incorrect) => (_, _) => incorrect.Create;

    private static double[] Transpose(double[] matrix, int rows)
    {
        var columns = matrix.Length / rows;
        return [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[i % rows * columns + i / rows])];
    }

    private static Tensor FromDoubles(double[] values, Tensor like) =>
        tensor([.. values.Select(value => (float)value)]).reshape(like.shape).to(like.device);

    private static double[] Multiply(Tensor a, Tensor b)
    {
        var (left, right, inner, columns) = (a.Doubles(), b.Doubles(), (int)a.size(1), (int)b.size(1));
        return
        [
            .. Enumerable.Range(0, left.Length / inner * columns).Select(i => Enumerable.Range(0, inner)
                .Sum(k => left[i / columns * inner + k] * right[k * columns + i % columns])),
        ];
    }

    // Another polynomial or another norm, in float64, on the rows of the matrix.
    private static Tensor Iterate(Tensor matrix, double a, double b, double c, Func<double[], double>? norm = null)
    {
        var values = matrix.Doubles();
        var size = norm?.Invoke(values) ?? Math.Sqrt(values.Sum(value => value * value));
        using var scope = NewDisposeScope();
        var x = FromDoubles([.. values.Select(value => value / size)], matrix);
        for (var i = 0; i < 5; i++)
        {
            var transposed = x.t().contiguous();
            var square = FromDoubles(Multiply(x, transposed), empty(x.size(0), x.size(0)));
            var once = FromDoubles(Multiply(square, x), x);
            var twice = FromDoubles(Multiply(square, once), x);
            x = a * x + b * once + c * twice;
        }
        return x.MoveToOuterDisposeScope();
    }
}
