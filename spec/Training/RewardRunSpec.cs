using System.Globalization;
using TorchSharp;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>A run of a reward model that is stopped after some steps and resumed.</summary>
/// <param name="Before">Steps before it is stopped.</param>
/// <param name="After">Steps after it is resumed.</param>
public sealed record RewardRunCase(int Before, int After);

/// <summary>Resumes a run from a checkpoint.</summary>
public delegate Trainer ResumeReward(Clearance clearance, string folder);

/// <summary>Checkpoints of reward models: RWM-04.</summary>
public static class RewardRunSpec
{
    public static readonly Requirement<RewardRunCase, ResumeReward> RWM_04_Resume = new()
    {
        Id = "RWM-04",
        Statement = "A checkpoint of a reward model has its head, trained from the first step on, and a run that is resumed from "
            + "it has the losses, rewards and head of the uninterrupted run, bit for bit.",
        Source = "BUG-CKP-04, BUG-CKP-05: what is not in the table of weights is not saved",
        CanonicalCases = [new(Before: 1, After: 3), new(Before: 2, After: 2)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => (clearance, folder) => Trainer.Resume(clearance, folder),
        Holds = (resume, c, at) =>
        {
            var scratch = Directory.CreateTempSubdirectory("turkishllm-reward-");
            try
            {
                using var whole = PreferenceRunSpec.CreateTrainer(
                    scratch.FullName, new(c.Before + c.After, Adapter: false), at, PreferenceRunSpec.Model(at), at.ComputeType,
                    new RewardPlan(Centering: 0.01));
                var start = ReadHead(whole);
                for (var step = 0; step < c.Before; step++) whole.TakeStep();
                var folder = Path.Combine(scratch.FullName, "stopped");
                whole.Save(folder);
                var moved = ReadHead(whole).Zip(start, (after, before) => Math.Abs(after - before)).Min();
                var expected = Train(whole, c.After);
                using var resumed = resume(new(whole.Plan, reportJson: "{}", digest: "", requirementCount: 0), folder);
                return Verdict.All(
                    Verdict.Equal(
                        true, ModelConfigFile.Read(Path.Combine(folder, "config.json")).HasRewardHead,
                        "reward_head of config.json"),
                    Verdict.AtLeast(1e-4, moved, "smallest change of a weight of the head"),
                    Verdict.SameElements(expected, Train(resumed, c.After), "loss, reward or weight of the head"));
            }
            finally
            {
                scratch.Delete(recursive: true);
            }
        },
        Impostors = new()
        {
            ["a new head"] = (_, _) => (clearance, folder) => Change(clearance, folder, trainer =>
            {
                using var head = RewardHead.AddTo(trainer.Model.Parameters, clearance.Plan.Seed + 1);
                trainer.Model.Parameters[RewardHead.WeightName].copy_(head[RewardHead.WeightName]);
            }),
            ["the head of the first step"] = (_, _) => (clearance, folder) => Change(clearance, folder, trainer =>
            {
                using var head = RewardHead.AddTo(trainer.Model.Parameters, clearance.Plan.Seed);
                trainer.Model.Parameters[RewardHead.WeightName].copy_(head[RewardHead.WeightName]);
            }),
            ["the head is rounded to bfloat16"] = (_, _) => (clearance, folder) => Change(clearance, folder, trainer =>
            {
                var head = trainer.Model.Parameters[RewardHead.WeightName];
                head.copy_(head.to(bfloat16).to(float32));
            }),
            ["the head is not trained after it"] = (_, _) => (clearance, folder) => Change(clearance, folder, trainer =>
                trainer.Model.Parameters[RewardHead.WeightName].requires_grad_(false)),
            ["moments start at zero"] = (_, _) => (clearance, folder) => ResumeSpec.Restart(
                clearance, folder, TurkishLlm.Training.Checkpoints.Checkpoint.Open(folder).State.Step, keepOptimizer: false),
        },
    };

    public static IReadOnlyList<Requirement> All => [RWM_04_Resume];

    private static List<string> Train(Trainer trainer, int steps)
    {
        var trace = new List<string>();
        for (var step = 0; step < steps; step++)
        {
            var line = trainer.TakeStep();
            trace.Add(Text(line.Loss));
            trace.Add(Text(line.Preference!.RewardChosen!.Value));
        }
        trace.AddRange(ReadHead(trainer).Select(Text));
        return trace;
    }

    private static double[] ReadHead(Trainer trainer) => trainer.Model.Parameters[RewardHead.WeightName].Doubles();

    private static Trainer Change(Clearance clearance, string folder, Action<Trainer> change)
    {
        var trainer = Trainer.Resume(clearance, folder);
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        change(trainer);
        return trainer;
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
