using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Bench;

/// <summary>
/// A run that is killed again and again, at any step, in the middle of saving and while it starts, and resumed each time,
/// against the same run left alone: the same losses and the same weights, or something is lost in an interruption.
/// </summary>
internal static class FaultInjection
{
    /// <param name="program">turkishllm.dll.</param>
    /// <param name="words">The plan, and --kills N, --seed S and --set key=value.</param>
    public static int Run(string program, string[] words)
    {
        var (kills, seed, sets, plans) = (20, 1, new List<string>(), new List<string>());
        for (var i = 0; i < words.Length; i++)
            switch (words[i])
            {
                case "--kills": kills = int.Parse(words[++i], CultureInfo.InvariantCulture); break;
                case "--seed": seed = int.Parse(words[++i], CultureInfo.InvariantCulture); break;
                case "--set": sets.Add(words[++i]); break;
                default: plans.Add(words[i]); break;
            }
        var file = plans.Single();
        var plan = TrainingPlan.Load(file, sets, Directory.GetCurrentDirectory());
        var folder = Path.GetFullPath(string.Create(CultureInfo.InvariantCulture, $"runs/fault-{plan.Name}-{seed}"));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);

        string[] Train(string name) => [program, "train", file, "--resume", "auto", "--set", $"run={Path.Combine(folder, name)}", .. sets.SelectMany(set => new[] { "--set", set })];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.Name}: {plan.Training.Steps} steps, a checkpoint every {plan.Checkpoints.Every}; {kills} kills drawn from seed {seed}"));
        var started = Stopwatch.GetTimestamp();
        using (var whole = new TrainingProcess(Train("whole"), Path.Combine(folder, "whole"))) whole.WaitForSuccess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left alone: {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"));

        KillRepeatedly(plan, kills, new Random(seed), () => new TrainingProcess(Train("broken"), Path.Combine(folder, "broken")));
        return Compare(plan, Path.Combine(folder, "whole"), Path.Combine(folder, "broken")) ? 0 : 1;
    }

    private static void KillRepeatedly(TrainingPlan plan, int kills, Random random, Func<TrainingProcess> start)
    {
        Console.WriteLine($"{"kill",4}  {"when",-28} {"step",8}  {"newest whole checkpoint",-24} left half written");
        var steps = Enumerable.Range(0, kills).Select(_ => random.NextInt64(1, plan.Training.Steps)).Order().ToArray();
        for (var kill = 0; kill < kills; kill++)
        {
            using var victim = start();
            var when = random.Next(10) switch
            {
                0 => victim.KillAfter(TimeSpan.FromSeconds(3 * random.NextDouble())),
                < 5 => victim.KillWhileSaving(steps[kill], random.NextDouble(), CheckpointDiskSpace.EstimateSize(plan.TrainableParameterCount)),
                _ => victim.KillInStep(steps[kill], random.NextDouble()),
            };
            var run = Directory.Exists(victim.Folder) ? RunFolder.OpenExisting(victim.Folder) : null;
            var partial = run is not null && Directory.Exists(run.CheckpointsFolder)
                ? string.Join(" ", Directory.EnumerateDirectories(run.CheckpointsFolder).Select(Path.GetFileName).Where(name => name!.Contains('.', StringComparison.Ordinal))) : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kill + 1,4}  {when,-28} {victim.LastLoggedStep,8}  {run?.LatestCheckpointStep()?.ToString(CultureInfo.InvariantCulture) ?? "none",-24} {partial}"));
        }
        using var last = start();
        last.WaitForSuccess();
    }

    private static bool Compare(TrainingPlan plan, string whole, string broken)
    {
        var (ours, theirs) = (ReadMetrics(broken), ReadMetrics(whole));
        var equal = ours.Zip(theirs).Count(pair => (pair.First.Step, pair.First.Loss, pair.First.GradientNorm) == (pair.Second.Step, pair.Second.Loss, pair.Second.GradientNorm));
        var largest = ours.Zip(theirs).Select(pair => Math.Abs(pair.First.Loss - pair.Second.Loss) / pair.Second.Loss).DefaultIfEmpty(double.NaN).Max();
        var (end, wholeEnd) = (ReadHashes(broken, plan), ReadHashes(whole, plan));
        var same = ours.Length == theirs.Length && equal == theirs.Length && end == wholeEnd;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"losses and gradient norms: {equal} of {theirs.Length} steps equal to the last bit, largest relative difference of a loss {largest:G3}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"final loss {ours[^1].Loss:R}, left alone {theirs[^1].Loss:R}"));
        Console.WriteLine($"weights {(end.Model == wholeEnd.Model ? "equal" : "DIFFER")}, moments {(end.Optimizer == wholeEnd.Optimizer ? "equal" : "DIFFER")}");
        Console.WriteLine(same ? "Nothing was lost." : "SOMETHING WAS LOST.");
        return same;
    }

    private static StepMetrics[] ReadMetrics(string run) => [.. MetricsLog.Read(RunFolder.OpenExisting(run).MetricsFile)];

    private static (string Model, string Optimizer) ReadHashes(string run, TrainingPlan plan)
    {
        var hashes = Checkpoint.Open(RunFolder.OpenExisting(run).CheckpointFolder(plan.Training.Steps)).State.Sha256;
        return (hashes["model.safetensors"], hashes["optimizer.safetensors"]);
    }

    /// <summary>A training process and the folder it writes to.</summary>
    private sealed class TrainingProcess : IDisposable
    {
        private readonly Process _process;
        private volatile bool _isTraining;

        public TrainingProcess(string[] arguments, string folder)
        {
            Folder = folder;
            _process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            _process.OutputDataReceived += (_, line) => _isTraining |= line.Data?.StartsWith("step ", StringComparison.Ordinal) ?? false;
            _process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) Console.Error.WriteLine(text); };
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Folder { get; }

        /// <summary>The step of the last line it wrote.</summary>
        public long LastLoggedStep => ReadLastStep();

        public void WaitForSuccess()
        {
            _process.WaitForExit();
            if (_process.ExitCode != 0) throw new InvalidOperationException($"Training ended with {_process.ExitCode}.");
        }

        public string KillAfter(TimeSpan delay)
        {
            Wait(() => _isTraining, delay);
            return Kill(_isTraining ? "after it started" : "while it starts");
        }

        /// <summary>Kills it at a share of the next step after one.</summary>
        public string KillInStep(long step, double share)
        {
            Wait(() => _isTraining && ReadLastStep() >= step);
            var begun = Stopwatch.GetTimestamp();
            var reached = ReadLastStep();
            Wait(() => ReadLastStep() > reached, TimeSpan.FromSeconds(60));
            Thread.Sleep(share * Stopwatch.GetElapsedTime(begun));
            return Kill(string.Create(CultureInfo.InvariantCulture, $"{share:P0} into a step"));
        }

        /// <summary>Kills it at a share of the first checkpoint that it writes after a step.</summary>
        public string KillWhileSaving(long step, double share, long bytes)
        {
            Wait(() => _isTraining && ReadLastStep() >= step);
            Wait(() => GetPartialSize() is not null);
            Wait(() => GetPartialSize() is not { } size || size >= share * bytes);
            return Kill(string.Create(CultureInfo.InvariantCulture, $"{share:P0} into a checkpoint"));
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private string Kill(string when)
        {
            var over = _process.HasExited;
            if (!over) _process.Kill();
            _process.WaitForExit();
            return over ? "it was done" : when;
        }

        private void Wait(Func<bool> until, TimeSpan? most = null)
        {
            for (var begun = Stopwatch.GetTimestamp(); !_process.HasExited && !until() && (most is null || Stopwatch.GetElapsedTime(begun) < most);) Thread.Sleep(1);
        }

        private long? GetPartialSize()
        {
            try
            {
                var folder = Directory.EnumerateDirectories(Path.Combine(Folder, "checkpoints"), "*.partial").FirstOrDefault();
                return folder is null ? null : Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);
            }
            catch (IOException)
            {
                return null;      // renamed just now
            }
        }

        private long ReadLastStep()
        {
            var file = Path.Combine(Folder, "metrics.jsonl");
            if (!File.Exists(file)) return 0;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            stream.Seek(-Math.Min(stream.Length, 2000), SeekOrigin.End);
            var lines = new StreamReader(stream).ReadToEnd().Split('\n');
            return lines.Length < 2 ? 0 : JsonDocument.Parse(lines[^2]).RootElement.GetProperty("step").GetInt64();
        }
    }
}
