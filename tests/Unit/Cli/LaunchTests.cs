using System.Text.RegularExpressions;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Cli;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tests.Unit.Training.Distributed;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Distributed.Mpi;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Compares training in two processes over the loopback network with training in one.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class LaunchTests : IDisposable
{
    private const int Steps = 9;
    private readonly TestWorkspace _here = new();

    public LaunchTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        Assert.SkipWhen(
            ProcessGroup.GetUnavailableReason(DeviceType.CPU) is not null,
            $"{ProcessGroup.GetUnavailableReason(DeviceType.CPU)}.");
    }

    public void Dispose() => _here.Dispose();

    /// <summary>
    /// With dropout: two processes have the same micro-batches as one, and the same dropout masks. Both runs are interrupted once
    /// and
    /// resumed with the other number of processes.
    /// </summary>
    [Fact]
    public void Two_processes_train_like_one_and_either_resumes_the_other()
    {
        Train("alone");
        using (var pair = Launch("pair"))
        {
            pair.WaitForExit(ChildProcess.Terminate, () => CountSteps("pair") >= 3).Should().Be(130, pair.Output);
            pair.Output.Should().Contain("2 processes of 1 thread; each trains on 1 × 2 of the 4 sequences per step")
                .And.Contain($"Resume with: turkishllm launch -n 2 {_here / "pair"}/plan.yaml --resume auto")
                .And.NotContain("[rank 1]");
        }
        var stopped = CountSteps("pair");
        stopped.Should().BeInRange(3, Steps - 1, "the signal must arrive during the run");
        Checkpoints("pair").Should().HaveCount(stopped, "the last step is saved");
        AssertSameRun("pair", stopped);

        Train("pair");
        AssertSameRun("pair", Steps);

        _here.Copy(_here / "alone", "copy");
        foreach (var step in Enumerable.Range(5, Steps - 4)) Directory.Delete(Checkpoint("copy", step), recursive: true);
        using (var pair = Launch("copy"))
        {
            pair.WaitForExit().Should().Be(0, pair.Output);
            pair.Output.Should().Contain("Resumes after step 4 from ");
        }
        AssertSameRun("copy", Steps);
    }

    [Fact]
    public void A_process_that_is_killed_ends_the_run_which_names_it_and_keeps_every_step()
    {
        using var pair = Launch("pair", steps: 2000, "--set", "checkpoints.every=0");
        pair.WaitForExit(ChildProcess.Kill, of: () =>
                CountSteps("pair") >= 20
                    ? int.Parse(Rank1().Match(pair.Output).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
                    : null)
            .Should()
            .Be(137, pair.Output);

        var reached = CountSteps("pair");
        pair.Output.Should().Contain("Rank 1 was killed by signal 9")
            .And.Contain("Rank 1 of 2 processes is lost: it ended, or has sent no heartbeat for 5 s (")
            .And.Contain(
                $" Step {reached} is saved. Resume with: turkishllm launch -n 2 {_here / "pair"}/plan.yaml " + "--resume auto")
            .And.NotContain("   at ");
        Checkpoints("pair")
            .Should()
            .Equal(["step-000001", $"step-{reached:D6}"], "the first step is saved to verify that saving works");
        TurkishLlm.Training.Checkpoints.Checkpoint.Open(Checkpoint("pair", reached)).State.OptimizerSteps.Should().Be(reached);
    }

    [Fact]
    public void A_closed_gate_ends_all_processes()
    {
        using var pair = Launch("pair", Steps, "--set", "model.vocab_size=2049");
        pair.WaitForExit().Should().Be((int)ExitCode.GateClosed, pair.Output);
        pair.Output.Should().Contain("The gate is closed: ").And.Contain("[rank 1] Rank 0 stopped: The gate is closed: ");
        Directory.Exists(_here / "pair").Should().BeFalse();
    }

    /// <summary>Starts the ranks as another launcher would. Rank 1 has an unreadable path, rank 0 does not.</summary>
    [Fact]
    public void What_one_process_cannot_do_ends_all_of_them_with_its_reason()
    {
        var port = LoopbackProcessGroups.FreePort();
        using var job = MpiJob.Start(2);
        using var first = Rank(0);
        using var second = Rank(1, "--set", $"data.shards={_here / "nowhere"}");
        var reason = $"The data directory {_here / "nowhere"} does not exist. Prepare it first: turkishllm data prepare.";
        (first.WaitForExit(), second.WaitForExit()).Should().Be((2, 2), first.Output + second.Output);
        first.Output.TrimEnd().Should().Be($"Rank 1 stopped: {reason}");
        second.Output.TrimEnd().Should().Be(reason);
        _here.Names().Should().BeEmpty();

        ChildProcess Rank(int rank, params string[] more) => new(
            new Dictionary<string, string>(job.Environments[rank])
            {
                ["RANK"] = $"{rank}",
                ["LOCAL_RANK"] = $"{rank}",
                ["WORLD_SIZE"] = "2",
                ["MASTER_ADDR"] = "localhost",
                ["MASTER_PORT"] = $"{port}",
            },
            ["train", _here.Plan, .. more]);
    }

    [Fact]
    public async Task Refuses_before_any_process_starts_what_all_would_refuse()
    {
        (await Refusal("-n", "0", _here.Plan)).Should().Be("-n is 0; it must be at least 1.");
        (await Refusal("-n", "3", _here.Plan)).Should().Be(
            "A step has training.micro_batch_size 2 × training.accumulation_steps 2 = 4 sequences, which 3 "
                + "processes do not divide. Use 2 or 4 processes.");
        (await Refusal(_here.Plan)).Should().StartWith("--processes is missing: Number of processes.");
        (await Refusal("-n", "2", _here.Plan, "--set", "seeed=1")).Should().Contain("unknown key \"seeed\"");
        _here.Names().Should().BeEmpty();
    }

    private static async Task<string> Refusal(params string[] words)
    {
        var ran = await CommandLineRunner.Run(["launch", .. words]);
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        return ran.Errors.TrimEnd();
    }

    // One process: in that of the test, without the gate.
    private void Train(string folder) =>
        TinyPlan.Trace(TrainingPlan.Load(_here.Plan, Changes(folder, Steps)), resume: Directory.Exists(_here / folder));

    private ChildProcess Launch(string folder, int steps = Steps, params string[] more) => new(
    [
        "launch", "-n", "2", _here.Plan, "--resume", "auto",
        .. Changes(folder, steps).SelectMany(change => new[] { "--set", change }), .. more,
    ]);

    private string[] Changes(string folder, int steps) =>
        [$"run={_here / folder}", $"training.steps={steps}", "checkpoints.every=1", "checkpoints.keep_last=99"];

    // Compares losses and norms of every step, and weights and first moments of every saved step; after step 1 the first moments
    // are
    // proportional to the gradient.
    private void AssertSameRun(string folder, int steps)
    {
        var (expected, found) = (Metrics("alone"), Metrics(folder));
        found.Should().HaveCount(steps);
        foreach (var (one, other) in expected.Zip(found))
        {
            other.Loss.Should().BeApproximately(one.Loss, Tolerance.StepsLoss * one.Loss, "step {0}", one.Step);
            other
                .GradientNorm.Should()
                .BeApproximately(one.GradientNorm, 10 * Tolerance.StepsLoss * one.GradientNorm, "step {0}", one.Step);
            other.Tokens.Should().Be(one.Tokens);
            if (one.ValidationLoss is { } loss)
                other.ValidationLoss.Should().BeApproximately(loss, Tolerance.StepsLoss * loss, "step {0}", one.Step);
        }
        foreach (var step in new[] { 1, 2, steps })
        {
            var (one, other) = (Values("alone", step), Values(folder, step));
            other.Keys.Should().Equal(one.Keys);
            foreach (var (name, values) in one)
                values
                    .Zip(other[name], (a, b) => Math.Abs(a - b))
                    .Max()
                    .Should()
                    .BeLessThanOrEqualTo((float)Tolerance.StepsWeights * values.Max(Math.Abs), "{0} after step {1}", name, step);
        }
    }

    private Dictionary<string, float[]> Values(string folder, int step)
    {
        using var scope = NewDisposeScope();
        var checkpoint = TurkishLlm.Training.Checkpoints.Checkpoint.Open(Checkpoint(folder, step));
        using var weights = checkpoint.LoadParameters(checkpoint.Config, CPU);
        using var optimizer = new AdamW(weights, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        checkpoint.LoadOptimizer(optimizer);
        return weights
            .Names.SelectMany(name => new[] { (name, weights[name]), ($"first moment of {name}", optimizer.FirstMoment[name]) })
            .ToDictionary(pair => pair.Item1, pair => pair.Item2.detach().data<float>().ToArray());
    }

    private List<StepMetrics> Metrics(string folder) => [.. MetricsLog.Read(_here / $"{folder}/metrics.jsonl")];

    private int CountSteps(string folder) =>
        File.Exists(_here / $"{folder}/metrics.jsonl")
            ? File.ReadAllText(_here / $"{folder}/metrics.jsonl").Count(c => c == '\n')
            : 0;

    private IEnumerable<string?> Checkpoints(string folder) =>
        Directory.EnumerateDirectories(_here / $"{folder}/checkpoints").Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private string Checkpoint(string folder, int step) =>
        _here / FormattableString.Invariant($"{folder}/checkpoints/step-{step:D6}");

    [GeneratedRegex("rank 1 is process ([0-9]+)")]
    private static partial Regex Rank1();
}
