using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A short training run with an adapter, from existing weights.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Rank">Rank of the adapter.</param>
/// <param name="Alpha">Its alpha.</param>
/// <param name="Targets">What it adds to.</param>
public sealed record AdapterRunCase(int Steps, int Rank, double Alpha, params IReadOnlyList<LoraTarget> Targets)
{
    internal LoraConfig Lora => new(Rank, Alpha, targets: Targets);

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Steps} steps, rank {Rank}, alpha {Alpha} on {string.Join(' ', Targets)}");
}

/// <summary>The result of a run with an adapter.</summary>
/// <param name="WeightsBefore">Hash of the weights of the model before.</param>
/// <param name="WeightsAfter">The same after the run.</param>
/// <param name="MomentNames">Names of the tensors with optimizer moments.</param>
/// <param name="ChangedWeights">Names of the tensors of the adapter that changed.</param>
/// <param name="TrainableWeights">Names of the weights of the model that require gradients.</param>
public sealed record AdapterRunResult(
    string WeightsBefore, string WeightsAfter, IReadOnlyList<string> MomentNames, IReadOnlyList<string> ChangedWeights,
    IReadOnlyList<string> TrainableWeights);

/// <summary>Only the adapter is trained: LOR-08.</summary>
public static class AdapterRunSpec
{
    public static readonly Requirement<AdapterRunCase, AdapterRunResult> LOR_08_OnlyTheAdapter = new()
    {
        Id = "LOR-08",
        Statement = "A run with an adapter changes every tensor of the adapter, has optimizer moments for these only, computes "
            + "no gradient of the model, and does not change a bit of it.",
        Source = "Hu et al. 2021, section 4.2; BUG-LOR-08, BUG-OPT-10",
        CanonicalCases =
        [
            new(3, Rank: 2, Alpha: 5, LoraTarget.Q, LoraTarget.V, LoraTarget.Gate),
            new(2, Rank: 3, Alpha: 2, [.. LoraConfig.AllTargets]),
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = Train,
        Holds = (run, c, at) =>
        {
            string[] expected = [.. c.Lora.GetShapes(Model(at)).Select(tensor => tensor.Name).Order(StringComparer.Ordinal)];
            return Verdict.All(
                Verdict.Equal(run.WeightsBefore, run.WeightsAfter, "hash of the weights"),
                Verdict.SameElements(expected, run.MomentNames, "moments"),
                Verdict.SameElements(expected, run.ChangedWeights, "changed tensors"),
                Verdict.SameElements([], run.TrainableWeights, "weights with gradients"));
        },
        Impostors = new()
        {
            ["all weights are trained too"] = (c, at) => TrainManually(c, at, learns: _ => true),
            ["the norms are trained too"] = (c, at) =>
                TrainManually(c, at, learns: name => name.EndsWith("norm.weight", StringComparison.Ordinal)),
            ["the embedding is trained too"] = (c, at) => TrainManually(c, at, learns: name => name == "embed_tokens.weight"),
            ["the weights decay"] = (c, at) => TrainManually(c, at, learns: _ => false, decays: true),
            ["gradients of the weights are computed but not used"] = (c, at) =>
                TrainManually(c, at, learns: _ => false) with
                {
                    TrainableWeights = [.. ParameterTable.GetShapes(Model(at)).Select(weight => weight.Name)],
                },
            ["the adapter is not in the optimizer"] = (c, at) => TrainManually(c, at, learns: _ => false, adapterLearns: false),
        },
    };

    public static IReadOnlyList<Requirement> All => [LOR_08_OnlyTheAdapter];

    private static ModelConfig Model(Conditions at) =>
        new(at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 16);

    private static TrainingPlan Plan(AdapterRunCase c, Conditions at) => at.TextPlan with
    {
        Model = Model(at),
        Training = new BatchingPlan(c.Steps, MicroBatchSize: 3, SequenceLength: 11),
        Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 0),
    };

    private static AdapterRunResult Train(AdapterRunCase c, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-lora-");
        try
        {
            var (start, after) = (Path.Combine(scratch.FullName, "start"), Path.Combine(scratch.FullName, "after"));
            using (var trainer = Trainer.Create(CreateClearance(Plan(c, at)))) trainer.Save(start);
            using var adapted = Trainer.Create(
                CreateClearance(Plan(c, at) with { WarmStart = new WarmStartPlan(start), Lora = c.Lora }));
            var before = adapted.Model.TrainableParameters.Doubles();
            for (var step = 0; step < c.Steps; step++) adapted.TakeStep();
            adapted.Save(after);

            using var weights = Checkpoint.Open(start).LoadParameters(Model(at), at.Device);
            using var moments = SafetensorsFile.Open(Path.Combine(after, "optimizer.safetensors"));
            return new(
                ParameterHash.Compute(weights), ParameterHash.Compute(adapted.Model.Parameters),
                [
                    .. moments
                        .Tensors.Select(tensor => tensor.Name[(tensor.Name.IndexOf('.', StringComparison.Ordinal) + 1)..])
                        .Distinct()
                        .Order(StringComparer.Ordinal),
                ],
                ChangedWeights(before, adapted.Model.TrainableParameters), TrainableWeights(adapted.Model.Parameters));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // The same on one random batch, with an option for every error.
    private static AdapterRunResult TrainManually(
        AdapterRunCase c, Conditions at, Func<string, bool> learns,
        bool decays = false,
        bool adapterLearns = true)
    {
        using var weights = WeightInitializer.Initialize(Model(at), at.Seed, at.Device);
        using var adapter = Adapter.Create(Model(at), c.Lora, at.Seed, at.Device);
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        var settings = new AdamWSettings(0.9, 0.95, 1e-8, 0.1);
        using AdamW ofAdapter = new(adapter.Parameters, settings), ofWeights = new(weights, settings);
        foreach (var name in weights.Names) weights[name].requires_grad_(learns(name));

        var (hash, before) = (ParameterHash.Compute(weights), adapter.Parameters.Doubles());
        for (var step = 0; step < c.Steps; step++)
        {
            var batch = TokenBatch.Create(
                at.Ids(1, at.Model.VocabSize, 3, 11).Longs(), at.Ids(2, at.Model.VocabSize, 3, 11).Longs(), 3, at.Device);
            weights.ClearGradients();
            GradientAccumulation.Compute(model, [batch], batch.LossTerms, training: false);
            if (decays) foreach (var weight in weights.Tensors) weight.grad = zeros_like(weight);
            if (adapterLearns) ofAdapter.Step(3e-3);
            ofWeights.Step(3e-3);
        }
        string[] moments =
        [
            .. adapterLearns ? adapter.Parameters.Names : [],
            .. weights.Names.Where(name => learns(name) || decays),
        ];
        return new(
            hash, ParameterHash.Compute(weights),
            [.. moments.Order(StringComparer.Ordinal)],
            ChangedWeights(before, adapter.Parameters),
            TrainableWeights(weights));
    }

    private static string[] ChangedWeights(Dictionary<string, double[]> before, ParameterTable after) =>
        [.. after.Names.Where(name => after[name].Doubles().LargestDifference(before[name]) > 0).Order(StringComparer.Ordinal)];

    private static string[] TrainableWeights(ParameterTable weights) =>
        [.. weights.Names.Where(name => weights[name].requires_grad)];

    private static Clearance CreateClearance(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirementCount: 0);
}
