using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Plans;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>Paths of a run, its checkpoints, and the differences that it refuses.</summary>
[Trait("Suite", "Fast")]
public sealed class RunPathTests : IDisposable
{
    private const string Lora =
        "warm_start: { checkpoint: c }\nsft: { sources: { a: { path: a } } }\nlora: { rank: 4, alpha: 8 }\n";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_file_has_its_own_place()
    {
        var run = RunFolder.ForPlan(Plan());
        new[]
        {
            run.FullPath, run.PlanFile, run.GateFile, run.MetricsFile, run.SamplesFile, run.EventsFile, run.ReportFile,
            run.CheckpointsFolder, run.CheckpointFolder(7), RunFolder.GetLockFile(run.FullPath),
        }.Select(path => path[_folder.Path.Length..].Replace('\\', '/')).Should().Equal(
            "/runs/small", "/runs/small/plan.yaml", "/runs/small/gate.json", "/runs/small/metrics.jsonl",
            "/runs/small/samples.jsonl", "/runs/small/events.jsonl", "/runs/small/report.html", "/runs/small/checkpoints",
            "/runs/small/checkpoints/step-000007", "/runs/small/.lock");
        run.WriteGate("{}");
        File.ReadAllText(run.GateFile).Should().Be("{}");
    }

    [Fact]
    public void A_path_inside_a_run_means_the_run()
    {
        var run = RunFolder.Open(Plan(), resume: false).FullPath;
        string[] files = ["gate.json", "metrics.jsonl", "events.jsonl", "samples.jsonl", "machines.jsonl", "report.html"];
        foreach (var name in files)
        {
            File.WriteAllText(Path.Combine(run, name), "");
            RunFolder.ResolvePath(Path.Combine(run, name)).Should().Be(run);
        }
        RunFolder.ResolvePath(run + "/plan.yaml").Should().Be(run);
        RunFolder.ResolvePath(run + "/checkpoints").Should().Be(run);
        RunFolder.ResolvePath(run + "/checkpoints/").Should().Be(run);
        var relative = Path.GetRelativePath(".", run);
        RunFolder.ResolvePath(relative + "/checkpoints").Should().Be(relative, "a relative path stays one");
        Directory.CreateDirectory(_folder / "other/checkpoints");
        string[] unchanged =
            [run, run + "/", run + "/other.json", run + "/checkpoints/step-000007", _folder / "other/checkpoints"];
        unchanged.Select(RunFolder.ResolvePath).Should().Equal(unchanged);
    }

    [Fact]
    public void Later_checkpoints_are_deleted_or_renamed_and_earlier_ones_stay()
    {
        var run = RunFolder.Open(Plan(), resume: false);
        foreach (var step in new long[] { 10, 20, 30, 40 }) Directory.CreateDirectory(run.CheckpointFolder(step));
        Directory.CreateDirectory(run.CheckpointFolder(30) + ".aside-1");
        run.SetAsideCheckpointsAfter(20).Should().Equal(
            run.CheckpointFolder(30) + ".aside-2", run.CheckpointFolder(40) + ".aside-1");
        run.CheckpointSteps().Should().Equal(10, 20);
        Directory.Exists(run.CheckpointFolder(30) + ".aside-2").Should().BeTrue();
        run.DeleteCheckpointsAfter(10);
        run.CheckpointSteps().Should().Equal(10);
        run.DeleteOldCheckpoints(1);
        run.CheckpointSteps().Should().Equal(10);
        FluentActions.Invoking(() => run.DeleteOldCheckpoints(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Three_differences_are_listed_and_more_are_abbreviated()
    {
        Directory.CreateDirectory(RunFolder.Open(Plan(), resume: false).CheckpointFolder(5));
        string[] changes = ["seed=1", "threads=2", "log_every=3", "samples.every=4"];
        Message(false, changes[..3]).Should().Contain(
            "belongs to another plan (seed: 1234 → 1; threads: 0 → 2; log_every: 10 → 3). Resume it with --resume auto, ");
        Message(false, changes).Should().Contain("log_every: 10 → 3; …). Resume it");
        Message(true, changes).Should().BeNull();
    }

    [Theory]
    [InlineData("", "model.dropout=0.5", null)]
    [InlineData("", "model.max_seq_len=90", null)]
    [InlineData("", "model.norm_eps=1e-4", "model.norm_eps: 1E-06 → 0.0001")]
    [InlineData(Lora, "lora.dropout=0.5", null)]
    [InlineData(Lora, "lora.alpha=9", "lora.alpha: 8 → 9")]
    [InlineData(Lora, "lora.rank=3", "lora.rank: 4 → 3")]
    [InlineData(Lora, "training.steps=300", null)]
    public void A_run_is_resumed_only_with_the_same_model(string sections, string change, string? difference)
    {
        RunFolder.Open(TestPlans.Parse(TestPlans.Small + sections, $"run={_folder / "run"}"), resume: false);
        var message = Message(true, TestPlans.Small + sections, $"run={_folder / "run"}", change);
        if (difference is null) message.Should().BeNull();
        else
            message.Should().Be(
                $"The run folder {_folder / "run"} holds a run of another model ({difference}), which this plan cannot resume. "
                    + "Choose another name: or run: in the plan.");
    }

    [Fact]
    public void An_adapter_cannot_be_added_to_a_run()
    {
        RunFolder.Open(TestPlans.Parse(TestPlans.Small, $"run={_folder / "run"}"), resume: false);
        Message(true, TestPlans.Small + Lora, $"run={_folder / "run"}").Should().Contain(
            "(lora.rank: nothing → 4; lora.alpha: nothing → 8; lora.dropout: nothing → 0; lora.targets: nothing → [");
    }

    [Fact]
    public void The_hash_of_shards_is_that_of_their_splits_and_hashes_in_order()
    {
        var manifest = ShardManifest.Read(ReferenceRun.Plan.Data.Shards);
        var text = string.Join('\n', [
            .. manifest.Shards.Where(shard => shard.Split == DataSplit.Train).Select(shard => $"Train {shard.Sha256}"),
            .. manifest.Shards.Where(shard => shard.Split == DataSplit.Validation).Select(shard => $"Validation {shard.Sha256}"),
        ]);
        ShardHash.Compute(manifest).Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void A_choice_has_a_name_and_a_step()
    {
        CheckpointChoice.TryParse("40")!.Step.Should().Be(40);
        (CheckpointChoice.Best.Step, CheckpointChoice.Last.Step, CheckpointChoice.TryParse("")).Should().Be((null, null, null));
    }

    private TrainingPlan Plan(params string[] overrides) =>
        TrainingPlan.Parse(TestPlans.Small, "small.yaml", overrides, _folder.Path);

    private string? Message(bool resume, string[] changes)
    {
        try
        {
            RunFolder.Check(Plan(changes), resume);
            return null;
        }
        catch (ConfigurationException error)
        {
            return error.Message;
        }
    }

    private static string? Message(bool resume, string yaml, params string[] changes)
    {
        try
        {
            RunFolder.Check(TestPlans.Parse(yaml, changes), resume);
            return null;
        }
        catch (ConfigurationException error)
        {
            return error.Message;
        }
    }
}
