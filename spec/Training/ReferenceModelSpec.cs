using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A preference run at its first step.</summary>
/// <param name="Type">Number type of the plan.</param>
/// <param name="Adapter">True to train an adapter instead of the weights.</param>
/// <param name="Dropout">Dropout of the plan, which applies in training only.</param>
public sealed record ReferenceModelCase(ComputeType Type, bool Adapter, double Dropout)
{
    internal ModelConfig Model(Conditions at) => PreferenceRunSpec.Model(at, Dropout);
}

/// <summary>Log-probabilities of all answers: chosen and rejected of each pair.</summary>
/// <param name="Reference">Those that the run stored as its reference.</param>
/// <param name="Own">Those of the model of the run before its first step.</param>
public sealed record ReferenceComparison(IReadOnlyList<double> Reference, IReadOnlyList<double> Own);

/// <summary>The reference model of a run: DPO-15.</summary>
public static class ReferenceModelSpec
{
    private const int BatchSize = 2;

    public static readonly Requirement<ReferenceModelCase, ReferenceComparison> DPO_15_OwnModel = new()
    {
        Id = "DPO-15",
        Statement = "In the number type of the plan, and with its dropout, the stored reference has the bits of the run's own "
            + "log-probabilities before its first step.",
        Source = "BUG-DPO-12: a reference in float32 and a policy in bfloat16 begin with rewards other than 0; BUG-DPO-04",
        CanonicalCases =
        [
            new(ComputeType.BFloat16, Adapter: false, Dropout: 0), new(ComputeType.BFloat16, Adapter: true, Dropout: 0.2),
            new(ComputeType.Float32, Adapter: false, Dropout: 0.3),
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = Train,
        Holds = (run, _, _) => Verdict.All(
            Verdict.AtLeast(2, run.Own.Distinct().Count(), "different log-probabilities"),
            Verdict.SameElements(run.Own, run.Reference, "stored log-probability")),
        Impostors = new()
        {
            ["the other number type"] = (c, at) => Compare(c, at, weights => Measure(
                weights, c.Type == ComputeType.Float32 ? ComputeType.BFloat16 : ComputeType.Float32, at)),
            ["weights rounded to bfloat16"] = (c, at) => Compare(c, at, weights =>
            {
                using var rounded = weights.CreateLike(name => weights[name].detach().to(bfloat16).to(float32));
                return Measure(rounded, c.Type, at);
            }),
            ["a model of another seed"] = (c, at) => Compare(c, at, weights =>
            {
                using var other = WeightInitializer.Initialize(c.Model(at), at.Seed + 1, at.Device);
                return Measure(other, c.Type, at);
            }),
            ["the answers of the next pair"] = (c, at) => Compare(c, at, weights =>
                Measure(weights, c.Type, at) is var values ? [.. values.Skip(2), .. values.Take(2)] : []),
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_15_OwnModel];

    private static ReferenceComparison Train(ReferenceModelCase c, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-reference-");
        try
        {
            using var trainer = PreferenceRunSpec.CreateTrainer(
                scratch.FullName, new(Steps: 2, c.Adapter), at, c.Model(at), c.Type);
            var own = Measure(trainer.Model, at);
            trainer.TakeStep();
            var file = Path.Combine(trainer.Plan.RunFolder, ReferenceLogProbabilities.FileName);
            return new(ReadStored(TextFile.ReadAllText(file)), own);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // Read by name from the file itself: the identity in it is no matter here.
    private static double[] ReadStored(string json)
    {
        using var file = StrictJson.Parse(json, "reference");
        double[] Read(string name) => [.. file.RootElement.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
        return [.. Read("chosen").Zip(Read("rejected")).SelectMany(pair => new[] { pair.First, pair.Second })];
    }

    private static ReferenceComparison Compare(
        ReferenceModelCase c, Conditions at, Func<ParameterTable, IReadOnlyList<double>> reference)
    {
        using var weights = WeightInitializer.Initialize(c.Model(at), at.Seed, at.Device);
        return new(reference(weights), Measure(weights, c.Type, at));
    }

    private static double[] Measure(ParameterTable weights, ComputeType type, Conditions at)
    {
        using var model = new LanguageModel(weights, type);
        return Measure(model, at);
    }

    // In the batches of the run, so that every sum has the same order.
    private static double[] Measure(LanguageModel model, Conditions at) =>
        [
            .. PreferenceBatch
                .Measure(
                    model, [.. PreferenceRunSpec.Render(at).Select(pair => new ScoredPair(pair))], new DpoObjective(), BatchSize)
                .SelectMany(result => new[] { result.ChosenLogProbability, result.RejectedLogProbability }),
        ];
}
