using System.Text.Json;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A short run of direct preference optimisation on a few pairs, from weights that are there.</summary>
/// <param name="Steps">How many.</param>
/// <param name="Adapter">True to train an adapter in place of the weights.</param>
public sealed record PreferenceRunCase(int Steps, bool Adapter);

/// <summary>What a preference run reported and left.</summary>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="First">Rewards of the first step.</param>
/// <param name="Last">Rewards of the last step.</param>
/// <param name="ReferenceAtFirst">The reference after the first step, every digit of it.</param>
/// <param name="ReferenceAtLast">The same after the last.</param>
public sealed record PreferenceRun(double FirstLoss, PreferenceMetrics First, PreferenceMetrics Last, string ReferenceAtFirst, string ReferenceAtLast);

/// <summary>A trainer's first and last steps over pairs: DPO-13.</summary>
public static class PreferenceRunSpec
{
    private const double Beta = 0.3;

    private static readonly (string Prompt, string Chosen, string Rejected)[] Pairs =
    [
        ("Makara nerede?", "Çayırova deposunda, üçüncü rafta.", "Bilmem."),
        ("İletken direnci neden ölçülür?", "Kesitin yeterli olduğunu göstermek için.", "Kablonun rengini görmek için ölçülür, başka bir nedeni yoktur."),
        ("Sipariş ne zaman kapanır?", "Son sevkiyat yapılınca.", "Müşteri isteyince, kimseye sormadan."),
        ("Ağırlık nasıl girilir?", "Kilogram olarak, virgülden sonra üç basamakla.", "Istediğiniz gibi."),
    ];

    public static readonly Requirement<PreferenceRunCase, PreferenceRun> DPO_13_Run = new()
    {
        Id = "DPO-13",
        Statement = "A run begins with rewards of 0 and a loss of ln 2, moves away from there, and never changes its reference.",
        Source = "Silent bug DPO-04: a policy that is its own reference stays at ln 2, one without a reference falls without restraint; TOL-ANSWER",
        Canonical = [new(Steps: 4, Adapter: false), new(Steps: 4, Adapter: true)],
        Subject = Train,
        Holds = (run, c, at) =>
        {
            // Logits of a new model of this width are less than 1: TOL-FIRST-LOSS.
            var allowed = 2 * Beta * Tolerance.Answer(at.ComputeType, at.Model.VocabSize, largest: 1, Tolerance.Model(at.ComputeType, layers: 2, longest: 40), tokens: 64);
            return Verdict.All(
                Verdict.AtMost(allowed, Math.Abs(run.FirstLoss - Math.Log(2)), "first loss, |Δ| from ln 2"),
                Verdict.AtMost(allowed, Math.Abs(run.First.RewardChosen), "first reward of chosen answers"),
                Verdict.AtMost(allowed, Math.Abs(run.First.RewardRejected), "first reward of rejected answers"),
                Verdict.AtMost(allowed, Math.Abs(run.First.Margin), "first margin"),
                Verdict.AtLeast(0.05, Math.Abs(run.Last.Margin), "last margin"),
                Verdict.Equal(run.ReferenceAtFirst, run.ReferenceAtLast, "the reference"));
        },
        Impostors = new Dictionary<string, Func<PreferenceRunCase, Conditions, PreferenceRun>>
        {
            ["no reference"] = (c, at) => ByHand(c, at, (_, pairs) => new(Nothing, [.. pairs.Select(_ => 0.0)], [.. pairs.Select(_ => 0.0)])),
            ["the model is its own reference"] = (c, at) => ByHand(c, at, (model, pairs) => ReferenceScores.Take(Nothing, model, pairs, 2), again: true),
            ["the reference is a new model"] = (c, at) => ByHand(c, at, (_, pairs) =>
            {
                using var weights = Initialization.Draw(Model(at), at.Seed + 1, at.Device);
                using var other = new LanguageModel(weights, at.ComputeType);
                return ReferenceScores.Take(Nothing, other, pairs, 2);
            }),
            ["dropout in the policy"] = (c, at) => ByHand(c, at, (model, pairs) => ReferenceScores.Take(Nothing, model, pairs, 2), dropout: 0.3),
            ["nothing learns"] = (c, at) => ByHand(c, at, (model, pairs) => ReferenceScores.Take(Nothing, model, pairs, 2), rate: 0),
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_13_Run];

    private static ReferenceIdentity Nothing => new("", "", "", "");

    private static ModelConfig Model(Conditions at, double dropout = 0) =>
        new(at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: 256, dropout);

    private static PreferenceRun Train(PreferenceRunCase c, Conditions at)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-pairs-");
        try
        {
            var (start, file) = (Path.Combine(scratch.FullName, "start"), Path.Combine(scratch.FullName, "pairs.jsonl"));
            File.WriteAllLines(file, Pairs.Select(pair => JsonSerializer.Serialize(new { prompt = pair.Prompt, chosen = pair.Chosen, rejected = pair.Rejected })));
            var plan = at.TextPlan with
            {
                RunFolder = Path.Combine(scratch.FullName, "run"),
                Model = Model(at),
                Training = new LoopPlan(c.Steps, BatchSize: 2, SequenceLength: 16, AccumulationSteps: 2),
                Optimizer = new OptimizerPlan(2e-2, 2e-3, WarmupSteps: 0),
            };
            using (var trainer = Pretrainer.Begin(Cleared(plan))) trainer.Save(start);
            using var learner = Pretrainer.Begin(Cleared(plan with
            {
                Training = plan.Training with { SequenceLength = 256 },
                Start = new StartPlan(start),
                Preference = new PreferencePlan([file], new DpoPlan(Beta)) { ValidationShare = 0 },
                Lora = c.Adapter ? new LoraConfig(rank: 4, alpha: 8) : null,
            }));
            var first = learner.TakeStep();
            var reference = File.ReadAllText(Path.Combine(plan.RunFolder, ReferenceScores.FileName));
            var last = first;
            for (var step = 1; step < c.Steps; step++) last = learner.TakeStep();
            return new(first.Loss, first.Preference!, last.Preference!, reference, File.ReadAllText(Path.Combine(plan.RunFolder, ReferenceScores.FileName)));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // The same without the trainer, with a place for every mistake.
    private static PreferenceRun ByHand(
        PreferenceRunCase c, Conditions at, Func<LanguageModel, IReadOnlyList<PreferencePair>, ReferenceScores> reference, bool again = false, double dropout = 0, double rate = 2e-2)
    {
        var template = new ChatTemplate(at.Tokenizer);
        PreferencePair[] pairs = [.. Pairs.Select(pair => PreferenceDataset.Render(template, new("", 1, Answered(pair.Prompt, pair.Chosen), Answered(pair.Prompt, pair.Rejected))))];
        using var weights = Initialization.Draw(Model(at, dropout), at.Seed, at.Device);
        using var adapter = c.Adapter ? Adapter.Draw(Model(at), new(rank: 4, alpha: 8), at.Seed, at.Device) : null;
        foreach (var weight in weights.Tensors) weight.requires_grad_(adapter is null);
        using var model = new LanguageModel(weights, at.ComputeType, adapter: adapter);
        using var optimizer = new AdamW(model.Trained, new(0.9, 0.95, 1e-8, 0));

        var taken = reference(model, pairs);
        var (firstTaken, losses, metrics) = (Text(taken), new List<double>(), new List<PreferenceMetrics>());
        for (var step = 0; step < c.Steps; step++)
        {
            StepRandomness.Begin(at.Seed, step, row: 0);
            var batch = new PreferenceBatch(PreferenceBatchSpec.Scored(pairs, taken), new DpoObjective(Beta), at.Device);
            losses.Add(AccumulatedGradient.Compute(model, [batch], pairs.Length));
            metrics.Add(PairResult.Average([.. batch.Results])!);
            optimizer.Step(rate);
            if (again) taken = reference(model, pairs);
        }
        return new(losses[0], metrics[0], metrics[^1], firstTaken, Text(taken));
    }

    private static Conversation Answered(string prompt, string answer) => new(ChatMessage.User(prompt), ChatMessage.Assistant(answer));

    private static string Text(ReferenceScores scores) => JsonSerializer.Serialize(scores);

    private static Clearance Cleared(TrainingPlan plan) => new(plan, reportJson: "{}", digest: "", requirements: 0);
}
