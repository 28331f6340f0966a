using System.Text.Json;
using TurkishLlm.Data.Preference;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.Preference;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run of direct preference optimization on a few pairs, from existing weights.</summary>
/// <param name="Steps">Number of steps.</param>
/// <param name="Adapter">True to train an adapter instead of the weights.</param>
public sealed record PreferenceRunCase(int Steps, bool Adapter);

/// <summary>The result of a preference run.</summary>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="First">Rewards of the first step.</param>
/// <param name="Last">Rewards of the last step.</param>
/// <param name="ReferenceAtFirst">The reference after the first step, with all digits.</param>
/// <param name="ReferenceAtLast">The reference after the last step.</param>
public sealed record PreferenceRunResult(
    double FirstLoss, PreferenceMetrics First, PreferenceMetrics Last, string ReferenceAtFirst, string ReferenceAtLast);

/// <summary>First and last step of a preference run: DPO-13.</summary>
public static class PreferenceRunSpec
{
    private const double Beta = 0.3;

    private static readonly (string Prompt, string Chosen, string Rejected)[] Pairs =
    [
        ("Makara nerede?", "Çayırova deposunda, üçüncü rafta.", "Bilmem."),
        (
            "İletken direnci neden ölçülür?", "Kesitin yeterli olduğunu göstermek için.",
            "Kablonun rengini görmek için ölçülür, başka bir nedeni yoktur."),
        ("Sipariş ne zaman kapanır?", "Son sevkiyat yapılınca.", "Müşteri isteyince, kimseye sormadan."),
        ("Ağırlık nasıl girilir?", "Kilogram olarak, virgülden sonra üç basamakla.", "Istediğiniz gibi."),
    ];

    public static readonly Requirement<PreferenceRunCase, PreferenceRunResult> DPO_13_Run = new()
    {
        Id = "DPO-13",
        Statement = "A run starts with rewards of 0 and a loss of ln 2, changes both, and never changes its reference.",
        Source = "BUG-DPO-04: a policy that is its own reference stays at ln 2, one without a reference falls without restraint; "
            + "TOL-ANSWER",
        CanonicalCases = [new(Steps: 4, Adapter: false), new(Steps: 4, Adapter: true)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = Train,
        Holds = (run, c, at) =>
        {
            // Logits of a new model of this width are less than 1: TOL-FIRST-LOSS.
            var allowed =
                2
                * Beta
                * Tolerance.AnswerLogProbability(
                    at.NumberType, at.Model.VocabSize, largest: 1, Tolerance.Model(at.NumberType, layers: 2, longest: 40),
                    tokens: 64);
            return Verdict.All(
                Verdict.AtMost(allowed, Math.Abs(run.FirstLoss - Math.Log(2)), "first loss, |Δ| from ln 2"),
                Verdict.AtMost(allowed, Math.Abs(run.First.RewardChosen!.Value), "first reward of chosen answers"),
                Verdict.AtMost(allowed, Math.Abs(run.First.RewardRejected!.Value), "first reward of rejected answers"),
                Verdict.AtMost(allowed, Math.Abs(run.First.Margin!.Value), "first margin"),
                Verdict.AtLeast(0.05, Math.Abs(run.Last.Margin!.Value), "last margin"),
                Verdict.Equal(run.ReferenceAtFirst, run.ReferenceAtLast, "the reference"));
        },
        Impostors = new()
        {
            ["no reference"] = (c, at) =>
                TrainManually(c, at, (_, pairs) => new(EmptyIdentity, [.. pairs.Select(_ => 0.0)], [.. pairs.Select(_ => 0.0)])),
            ["the model is its own reference"] = (c, at) =>
                TrainManually(
                    c, at,
                    (model, pairs) => ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2),
                    again: true),
            ["the reference is a new model"] = (c, at) => TrainManually(c, at, (_, pairs) =>
            {
                using var weights = WeightInitializer.Initialize(Model(at), at.Seed + 1, at.Device);
                using var other = new LanguageModel(weights, at.ComputeType);
                return ReferenceLogProbabilities.Compute(EmptyIdentity, other, pairs, 2);
            }),
            ["dropout in the policy"] = (c, at) =>
                TrainManually(
                    c, at,
                    (model, pairs) => ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2),
                    dropout: 0.3),
            ["nothing is trained"] = (c, at) =>
                TrainManually(
                    c, at,
                    (model, pairs) => ReferenceLogProbabilities.Compute(EmptyIdentity, model, pairs, 2),
                    rate: 0),
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_13_Run];

    private static ReferenceIdentity EmptyIdentity => new("", "", "", "");

    internal static ModelConfig Model(Conditions at, double dropout = 0) =>
        new(at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 256, dropout);

    private static PreferenceRunResult Train(PreferenceRunCase c, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-pairs-");
        try
        {
            using var learner = CreateTrainer(scratch.FullName, c, at, Model(at), at.ComputeType);
            var first = learner.TakeStep();
            var file = Path.Combine(learner.Plan.RunFolder, ReferenceLogProbabilities.FileName);
            var reference = TextFile.ReadAllText(file);
            var last = first;
            for (var step = 1; step < c.Steps; step++) last = learner.TakeStep();
            return new(first.Loss, first.Preference!, last.Preference!, reference, TextFile.ReadAllText(file));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>Creates the trainer of a run on the pairs, from weights that it saves first.</summary>
    internal static Trainer CreateTrainer(
        string folder, PreferenceRunCase c, Conditions at, ModelConfig model, ComputeType type,
        PreferenceObjectivePlan? objective = null)
    {
        var (start, file) = (Path.Combine(folder, "start"), Path.Combine(folder, "pairs.jsonl"));
        File.WriteAllLines(
            file,
            Pairs.Select(pair =>
                JsonSerializer.Serialize(
                    new
                    {
                        prompt = pair.Prompt,
                        chosen = pair.Chosen,
                        rejected = pair.Rejected,
                    })));
        var plan = at.TextPlan with
        {
            RunFolder = Path.Combine(folder, "run"),
            Model = model,
            ComputeType = type,
            Training = new BatchingPlan(c.Steps, MicroBatchSize: 2, SequenceLength: 16, AccumulationSteps: 2),
            Optimizer = new OptimizerPlan(2e-2, 2e-3, WarmupSteps: 0),
        };
        using (var trainer = Trainer.Create(CreateClearance(plan))) trainer.Save(start);
        return Trainer.Create(CreateClearance(plan with
        {
            Samples = plan.Samples with { Every = 0 },
            Training = plan.Training with { SequenceLength = 256 },
            WarmStart = new WarmStartPlan(start),
            Preference = new PreferencePlan([file], objective ?? new DpoPlan(Beta)) { ValidationShare = 0 },
            Lora = c.Adapter ? new LoraConfig(rank: 4, alpha: 8) : null,
        }));
    }

    // The same without the trainer, with an option for every error.
    private static PreferenceRunResult TrainManually(
        PreferenceRunCase c,
        Conditions at, Func<LanguageModel, IReadOnlyList<PreferencePair>, ReferenceLogProbabilities> reference,
        bool again = false,
        double dropout = 0,
        double rate = 2e-2)
    {
        var pairs = Render(at);
        using var weights = WeightInitializer.Initialize(Model(at, dropout), at.Seed, at.Device);
        using var adapter = c.Adapter ? Adapter.Create(Model(at), new(rank: 4, alpha: 8), at.Seed, at.Device) : null;
        foreach (var weight in weights.Tensors) weight.requires_grad_(adapter is null);
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        using var optimizer = new AdamW(model.TrainableParameters, new(0.9, 0.95, 1e-8, 0));

        var taken = reference(model, pairs);
        var (firstTaken, losses, metrics) = (Serialize(taken), new List<double>(), new List<PreferenceMetrics>());
        for (var step = 0; step < c.Steps; step++)
        {
            StepRandomness.SeedGenerators(at.Seed, step, row: 0);
            var batch = new PreferenceBatch(PreferenceBatchSpec.Scored(pairs, taken), new DpoObjective(Beta), at.Device);
            losses.Add(GradientAccumulation.Compute(model, [batch], pairs.Length));
            metrics.Add(PairMetrics.Average([.. batch.Results])!);
            optimizer.Step(rate);
            if (again) taken = reference(model, pairs);
        }
        return new(losses[0], metrics[0], metrics[^1], firstTaken, Serialize(taken));
    }

    /// <summary>Renders the pairs in the order of their file.</summary>
    internal static PreferencePair[] Render(Conditions at)
    {
        var template = new ChatTemplate(at.Tokenizer);
        return
        [
            .. Pairs.Select(pair =>
                PreferenceDataset.Render(
                    template,
                    new("", 1, WithAnswer(pair.Prompt, pair.Chosen), WithAnswer(pair.Prompt, pair.Rejected)))),
        ];
    }

    private static Conversation WithAnswer(string prompt, string answer) =>
        new(ChatMessage.User(prompt), ChatMessage.Assistant(answer));

    private static string Serialize(ReferenceLogProbabilities scores) => JsonSerializer.Serialize(scores);

    private static Clearance CreateClearance(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirementCount: 0);
}
