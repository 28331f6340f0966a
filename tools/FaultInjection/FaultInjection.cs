using System.Diagnostics;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Checkpoints;
using static System.FormattableString;

namespace TurkishLlm.Tools.FaultInjection;

/// <summary>
/// Kills a run at random moments (while it starts, within a step, while it saves a checkpoint), resumes it each time, and
/// compares its losses and weights with those of an uninterrupted run of the same plan.
/// </summary>
internal static class FaultInjection
{
    /// <summary>Runs the comparison and returns 0 if both runs end with the same bits.</summary>
    /// <param name="program">The path of turkishllm.dll.</param>
    /// <param name="file">The plan.</param>
    /// <param name="kills">How often to kill the run.</param>
    /// <param name="seed">The seed of the moments.</param>
    /// <param name="sets">Changes of the plan, each <c>key=value</c>.</param>
    public static int Run(string program, string file, int kills, int seed, string[] sets)
    {
        var plan = TrainingPlan.Load(file, sets, Directory.GetCurrentDirectory());
        var folder = Path.GetFullPath(Invariant($"runs/fault-{plan.Name}-{seed}"));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        var changes = sets.SelectMany(set => new[] { "--set", set }).ToArray();

        TrainingProcess Start(string name) => new(
            [program, "train", file, "--resume", "auto", "--set", $"run={Path.Combine(folder, name)}", .. changes],
            Path.Combine(folder, name));

        Console.WriteLine(Invariant($"{plan.Name}: {plan.Training.Steps} steps, a checkpoint every {plan.Checkpoints.Every};")
            + Invariant($" {kills} kills from seed {seed}"));
        var started = Stopwatch.GetTimestamp();
        using (var uninterrupted = Start("whole")) uninterrupted.WaitForSuccess();
        Console.WriteLine(Invariant($"uninterrupted: {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"));

        KillRepeatedly(plan, kills, new Random(seed), () => Start("broken"));
        return Compare(plan, Path.Combine(folder, "whole"), Path.Combine(folder, "broken")) ? 0 : 1;
    }

    private static void KillRepeatedly(TrainingPlan plan, int kills, Random random, Func<TrainingProcess> start)
    {
        Console.WriteLine($"{"kill",4}  {"when",-28} {"step",8}  {"newest whole checkpoint",-24} unfinished");
        var steps = Enumerable.Range(0, kills).Select(_ => random.NextInt64(1, plan.Training.Steps)).Order().ToArray();
        var bytes = CheckpointDiskSpace.EstimateSize(plan);
        for (var kill = 0; kill < kills; kill++)
        {
            using var victim = start();
            var when = random.Next(10) switch
            {
                0 => victim.KillAfter(TimeSpan.FromSeconds(3 * random.NextDouble())),
                < 5 => victim.KillWhileSaving(steps[kill], random.NextDouble(), bytes),
                _ => victim.KillInStep(steps[kill], random.NextDouble()),
            };
            var run = Directory.Exists(victim.Folder) ? RunFolder.OpenExisting(victim.Folder) : null;
            var newest = run?.LatestCheckpointStep() is { } step ? Invariant($"{step}") : "none";
            Console.WriteLine(
                Invariant($"{kill + 1, 4}  {when, -28} {victim.LastLoggedStep, 8}  {newest, -24} ") + FindUnfinished(run));
        }
        using var last = start();
        last.WaitForSuccess();
    }

    // Folders of checkpoints that were being written.
    private static string FindUnfinished(RunFolder? run) =>
        run is null || !Directory.Exists(run.CheckpointsFolder) ? "" : string.Join(' ',
            Directory.EnumerateDirectories(run.CheckpointsFolder).Select(folder => Path.GetFileName(folder)!)
                .Where(name => name.Contains('.', StringComparison.Ordinal)));

    private static bool Compare(TrainingPlan plan, string whole, string broken)
    {
        var (ours, theirs) = (ReadMetrics(broken), ReadMetrics(whole));
        var equal = ours.Zip(theirs).Count(pair => GetNumbers(pair.First) == GetNumbers(pair.Second));
        var largest = ours.Zip(theirs).Select(pair => Math.Abs(pair.First.Loss - pair.Second.Loss) / pair.Second.Loss)
            .DefaultIfEmpty(double.NaN).Max();
        var (end, wholeEnd) = (ReadHashes(broken, plan), ReadHashes(whole, plan));
        var same = ours.Length == theirs.Length && equal == theirs.Length && end == wholeEnd;
        Console.WriteLine(Invariant($"losses and gradient norms: {equal} of {theirs.Length} steps equal to the last bit,")
            + Invariant($" largest relative difference of a loss {largest:G3}"));
        Console.WriteLine(Invariant($"final loss {ours[^1].Loss:R}, uninterrupted {theirs[^1].Loss:R}"));
        Console.WriteLine($"weights {Describe(end.Model == wholeEnd.Model)}");
        Console.WriteLine($"moments {Describe(end.Optimizer == wholeEnd.Optimizer)}");
        Console.WriteLine(same ? "The interrupted run equals the uninterrupted one." : "THE RUNS DIFFER.");
        return same;
    }

    private static string Describe(bool areEqual) => areEqual ? "equal" : "DIFFER";

    private static (long Step, double Loss, double GradientNorm) GetNumbers(StepMetrics step) =>
        (step.Step, step.Loss, step.GradientNorm);

    private static StepMetrics[] ReadMetrics(string run) => [.. MetricsLog.Read(RunFolder.OpenExisting(run).MetricsFile)];

    private static (string Model, string Optimizer) ReadHashes(string run, TrainingPlan plan)
    {
        var hashes = Checkpoint.Open(RunFolder.OpenExisting(run).CheckpointFolder(plan.Training.Steps)).State.Sha256;
        return (hashes["model.safetensors"], hashes["optimizer.safetensors"]);
    }
}
