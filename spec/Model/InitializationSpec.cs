using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>A model for the loss before training: a small one, or the run's own if null.</summary>
/// <param name="Small">The small model; null for the run's own.</param>
public sealed record FirstLossCase(ModelCase? Small)
{
    internal ModelConfig Config(Conditions at) => Small?.Config ?? at.Model;

    /// <inheritdoc/>
    public override string ToString() => Small?.ToString() ?? "the run's own model";
}

/// <summary>The weights of a new model: P38, INI.</summary>
public static class InitializationSpec
{
    // Large enough matrices for narrow bounds; depth and width such that no two standard deviations are near.
    private static readonly IReadOnlyList<ModelCase> Usual =
        [
            new(Width: 96, 3, Heads: 6, KeyValueHeads: 3, Inner: 160, Batch: 1, Time: 1, Vocabulary: 307, Dropout: 0.1),
            new(Width: 64, 5, Heads: 4, KeyValueHeads: 2, Inner: 96, Batch: 1, Time: 1, Tied: false),
        ];

    public static readonly Requirement<FirstLossCase, Func<Tensor, Tensor, Tensor>> P38_FirstLoss = new()
    {
        Id = "P38",
        Statement = "The loss of a new model on random tokens is ln V plus half the variance of its logits, within 1 % of ln V "
            + "or six standard deviations; a tied embedding may add the logit of the token that was read.",
        Source = "Reference report, section 11, test 38; BUG-INI-06; TOL-FIRST-LOSS",
        CanonicalCases = [new(ModelCase.Usual[0]), new(ModelCase.Usual[1]), new(Small: null)],
        Subject = (c, at) => Losses(c, at, 1, loss => loss),
        Holds = (losses, c, at) =>
        {
            using var grad = no_grad();
            var config = c.Config(at);
            var time = Math.Min(config.MaxSeqLen, 128);
            long[] shape = [512 / time, time];
            var measured = losses(at.Ids(50, config.VocabSize, shape), at.Ids(51, config.VocabSize, shape)).Doubles().Average();
            var (low, high) = ExpectedFirstLoss(config);
            var deviation = Math.Sqrt(config.DModel) * WeightInitializer.StandardDeviation;
            return Verdict.AtMost(
                Tolerance.FirstLoss(config.VocabSize, deviation, shape[0] * shape[1]),
                Math.Max(0, Math.Max(low - measured, measured - high)),
                FormattableString.Invariant($"loss {measured:F4} for {low:F4} … {high:F4}, distance"));
        },
        Impostors = new()
        {
            ["the embedding is drawn with σ = 1"] = (c, at) => Losses(c, at, 50, loss => loss),
            ["the embedding is drawn with σ = 0.2"] = (c, at) => Losses(c, at, 10, loss => loss),
            ["the loss is in bits"] = (c, at) => Losses(c, at, 1, loss => loss / Math.Log(2)),
            ["the first half of the vocabulary only"] = (c, at) => Losses(c, at, 1, loss => loss - Math.Log(2)),
        },
    };

    public static readonly Requirement<ModelCase, Func<long, ParameterTable>> INI_01_StandardDeviations = new()
    {
        Id = "INI-01",
        Statement = "Every matrix has a mean of 0 and a standard deviation of 0.02, o_proj and down_proj 0.02/√(2·n_layers); "
            + "every norm is exactly 1.",
        Source = "Radford et al. 2019 (GPT-2), section 2.3; reference report, section 7; BUG-INI-01, BUG-INI-02, BUG-INI-03",
        CanonicalCases = Usual,
        PlanCases = at => [ModelCase.FewTokensFromPlan(at)[0] with { Layers = at.Model.NLayers }],
        Subject = (c, at) => seed => WeightInitializer.Initialize(c.Config, seed, at.Device),
        Holds = (draw, c, at) =>
        {
            using var weights = draw(at.Seed);
            return Verdict.All(weights.Names.SelectMany<string, Verdict>(name =>
            {
                var values = weights[name].Doubles();
                if (weights[name].ndim == 1)
                    return [Verdict.AtMost(0, values.Max(v => Math.Abs(v - 1)), $"largest |{name} − 1|")];
                var residual =
                    name.Contains(".o_proj.", StringComparison.Ordinal)
                    || name.Contains(".down_proj.", StringComparison.Ordinal);
                var sigma = residual ? 0.02 / Math.Sqrt(2.0 * c.Layers) : 0.02;
                var (mean, count) = (values.Average(), values.Length);
                var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
                // Six standard errors of a mean and of a standard deviation: even for the worst of a hundred matrices, once in
                // ten million.
                return
                [
                    Verdict.AtMost(6 / Math.Sqrt(count), Math.Abs(mean) / sigma, $"|mean| ÷ σ of {name}"),
                    Verdict.AtMost(
                        6 / Math.Sqrt(2.0 * count), Math.Abs(deviation / sigma - 1), $"|standard deviation ÷ σ − 1| of {name}"),
                    Verdict.AtLeast(
                        LeastExtreme(count), values.Max(Math.Abs) / sigma,
                        $"largest |weight| ÷ σ of {name}: a normal distribution has tails"),
                ];
            }));
        },
        Impostors = new()
        {
            ["no residual scaling: the name test matches nothing"] = WithSigma((name, c) => 0.02),
            ["gate_proj scaled in place of down_proj"] = WithSigma(
                (name, c) => EndsWithAny(name, "o_proj", "gate_proj") ? 0.02 / Math.Sqrt(2.0 * c.Layers) : 0.02),
            ["scaled by 1/√layers"] = WithSigma(
                (name, c) => EndsWithAny(name, "o_proj", "down_proj") ? 0.02 / Math.Sqrt(c.Layers) : 0.02),
            ["scaled twice"] = WithSigma((name, c) => EndsWithAny(name, "o_proj", "down_proj") ? 0.02 / (2.0 * c.Layers) : 0.02),
            ["the embedding has σ = 1"] = WithSigma(
                (name, c) => EndsWithAny(name, "embed_tokens") ? 1 : WeightInitializer.GetStandardDeviation(name, c.Config)),
            ["the variance is used as standard deviation"] = WithSigma(
                (name, c) => Math.Sqrt(WeightInitializer.GetStandardDeviation(name, c.Config))),
            ["uniform"] = (c, at) => seed => ParameterTable.Create(c.Config, (name, shape) => shape.Length == 1
                ? ones(shape, float32, at.Device)
                : empty(shape, float32, at.Device).uniform_(-0.5, 0.5)
                    * (Math.Sqrt(12) * WeightInitializer.GetStandardDeviation(name, c.Config))),
            ["norms are random too"] = (c, at) => seed => ParameterTable.Create(c.Config, (name, shape) =>
                randn(shape, float32, at.Device) * WeightInitializer.GetStandardDeviation(name, c.Config)
                + (shape.Length == 1 ? 1 : 0)),
        },
    };

    public static readonly Requirement<ModelCase, Func<long, ParameterTable>> INI_02_Seed = new()
    {
        Id = "INI-02",
        Statement = "The same seed gives the same bits on every device, another seed gives others, and no two matrices are equal."
,
        Source = "BUG-INI-05 and BUG-INI-09",
        CanonicalCases = Usual,
        PlanCases = ModelCase.FewTokensFromPlan,
        Subject = (c, at) => seed => WeightInitializer.Initialize(c.Config, seed, at.Device),
        Holds = (draw, c, at) =>
        {
            using var first = draw(at.Seed);
            using var again = draw(at.Seed);
            using var other = draw(at.Seed + 1);
            using var onHost = WeightInitializer.Initialize(c.Config, at.Seed, CPU);
            double Same(ParameterTable a, string of, ParameterTable b, string with) =>
                a[of].Doubles().LargestDifference(b[with].Doubles());
            return Verdict.All(first.Names.Where(name => first[name].ndim > 1).SelectMany<string, Verdict>(name =>
            [
                Verdict.AtMost(0, Same(first, name, again, name), $"difference of {name} between two draws"),
                Verdict.AtMost(0, Same(first, name, onHost, name), $"difference of {name} from the CPU's"),
                Verdict.AtLeast(
                    LeastDifference(first, name), Same(first, name, other, name), $"difference of {name} between two seeds"),
            ])
            .Concat(AlikeMatrices(c).Select(alike => Verdict.AtLeast(
                LeastDifference(first, alike.One), Same(first, alike.One, first, alike.Other),
                $"difference between {alike.One} and {alike.Other}"))));
        },
        Impostors = new()
        {
            ["the seed is ignored"] = (c, at) => _ => WeightInitializer.Initialize(c.Config, 1, at.Device),
            ["the random stream restarts with every matrix"] = (c, at) => seed => ParameterTable.Create(c.Config, (name, shape) =>
            {
                using var stream = new Generator((ulong)seed);
                return shape.Length == 1
                    ? ones(shape, float32, at.Device)
                    : randn(shape, float32, generator: stream)
                        .mul(WeightInitializer.GetStandardDeviation(name, c.Config))
                        .to(at.Device);
            }),
            ["the device's own generator"] = (c, at) => seed => ParameterTable.Create(c.Config, (name, shape) =>
                shape.Length == 1
                    ? ones(shape, float32, at.Device)
                    : randn(shape, float32, at.Device) * WeightInitializer.GetStandardDeviation(name, c.Config)),
        },
    };

    public static readonly Requirement<ModelCase, Func<int, ParameterTable>> INI_03_StreamKeepsItsSize = new()
    {
        Id = "INI-03",
        Statement = "The residual stream of a new model does not grow with depth: from 2 to 16 layers its root mean square "
            + "changes by less than half.",
        Source = "Radford et al. 2019, section 2.3; BUG-INI-03: stanford-crfm/mistral #30",
        CanonicalCases =
        [
            new(Width: 64, 2, Heads: 4, KeyValueHeads: 2, Inner: 160, Batch: 2, Time: 9),
            new(
                Width: 72, 3, Heads: 6, KeyValueHeads: 3, Inner: 144, Batch: 3, Time: 7, Tied: false, Vocabulary: 307,
                Dropout: 0.1),
        ],
        Subject = (c, at) => layers => WeightInitializer.Initialize(c.Config.With(nLayers: layers), at.Seed, at.Device),
        Holds = (draw, c, at) =>
        {
            double Size(int layers)
            {
                using var grad = no_grad();
                using var weights = draw(layers);
                var ids = c.Ids(at);
                var x = weights["embed_tokens.weight"].index_select(0, ids.reshape(-1)).view(c.Batch, c.Time, c.Width);
                var embedded = x;
                using var bias = new AlibiBiasCache(c.Heads, at.Device);
                for (var i = 0; i < layers; i++) x = new TransformerBlock(weights, i, at.ComputeType).Forward(x, bias);
                return Math.Sqrt((x - embedded).Doubles().Average(v => v * v));
            }
            return Verdict.Between(0.67, 1.5, Size(16) / Size(2), "root mean square with 16 layers ÷ with 2 layers");
        },
        Impostors = new()
        {
            ["no residual scaling"] = (c, at) => layers => Table(c.Config.With(nLayers: layers), at, _ => 0.02),
            ["scaled by the number of layers"] = (c, at) => layers =>
                Table(c.Config.With(nLayers: layers), at, name =>
                    EndsWithAny(name, "o_proj", "down_proj") ? 0.02 / (2.0 * layers) : 0.02),
        },
    };

    public static IReadOnlyList<Requirement> All =>
        [P38_FirstLoss, INI_01_StandardDeviations, INI_02_Seed, INI_03_StreamKeepsItsSize];

    // The stream has at least the variance σ² of the embedding. So ε of the norm takes at most its share of σ² + ε from the
    // variance of the logits, and the logit of the token that was read is at most σ·width if the weights are tied.
    private static (double Low, double High) ExpectedFirstLoss(ModelConfig config)
    {
        const double sigma = WeightInitializer.StandardDeviation;
        var (uniform, half) = (Math.Log(config.VocabSize), config.DModel * sigma * sigma / 2);
        var high = uniform + half;
        if (config.TieEmbeddings) high += Math.Log(1 + Math.Exp(sigma * config.DModel - high));
        return (uniform + half * sigma * sigma / (sigma * sigma + config.NormEps), high);
    }

    private static Func<Tensor, Tensor, Tensor> Losses(
        FirstLossCase c, Conditions at, double embedding,
        Func<Tensor, Tensor> change) =>
        (ids, targets) =>
    {
        using var grad = no_grad();
        using var weights = WeightInitializer.Initialize(c.Config(at), at.Seed, at.Device);
        if (embedding != 1) weights["embed_tokens.weight"].mul_(embedding);
        if (embedding != 1 && !weights.Config.TieEmbeddings) weights["lm_head.weight"].mul_(embedding);
        using var model = new LanguageModel(weights, at.ComputeType);
        return change(model.ComputeLosses(ids, targets));
    };

    private static Func<ModelCase, Conditions, Func<long, ParameterTable>> WithSigma(Func<string, ModelCase, double> sigma) =>
        (c, at) => _ => Table(c.Config, at, name => sigma(name, c));

    private static ParameterTable Table(ModelConfig config, Conditions at, Func<string, double> sigma)
    {
        using var stream = at.CreateGenerator(60);
        return ParameterTable.Create(config, (name, shape) => shape.Length == 1
            ? ones(shape, float32, at.Device)
            : randn(shape, float32, generator: stream).mul(sigma(name)).to(at.Device));
    }

    // The largest magnitude of n standard normal draws is smaller once in 10⁹: n·P(|z| > q) ≥ ln 10⁹, where P(|z| > q) is
    // at least 2q ÷ (1 + q²) · φ(q). At most 3.
    private static double LeastExtreme(int count)
    {
        var q = 3.0;
        while (q > 0 && count * 2 * q / (1 + q * q) * Math.Exp(-q * q / 2) / Math.Sqrt(2 * Math.PI) < Math.Log(1e9)) q -= 0.01;
        return Math.Max(0, q);
    }

    // Matrices with equal shapes and standard deviations.
    private static IEnumerable<(string One, string Other)> AlikeMatrices(ModelCase c)
    {
        yield return ("layers.0.ffn.gate_proj.weight", "layers.0.ffn.up_proj.weight");
        if (c.Layers > 1) yield return ("layers.0.attn.q_proj.weight", "layers.1.attn.q_proj.weight");
    }

    // The largest difference between n pairs of normal draws is smaller once in 10⁹: the density of a difference is at most
    // 1 ÷ (2σ√π), so P(|Δ| < d) < d ÷ (σ√π). At most σ/2.
    private static double LeastDifference(ParameterTable weights, string name) =>
        WeightInitializer.GetStandardDeviation(name, weights.Config)
        * Math.Min(0.5, Math.Sqrt(Math.PI) * Math.Pow(1e-9, 1.0 / weights[name].numel()));

    private static bool EndsWithAny(string name, params string[] modules) =>
        modules.Any(module => name.EndsWith($"{module}.weight", StringComparison.Ordinal));
}
