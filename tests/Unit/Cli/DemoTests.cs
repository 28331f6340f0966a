using System.Security.Cryptography;
using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Runs the demo with few steps: the whole pipeline, through the gate.</summary>
[Collection(nameof(NonParallel))]
public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Leaves_a_whole_run_folder_and_goes_straight_to_writing_when_run_again()
    {
        var ran = await CommandLineRunner.Run("demo", "--steps", "4", "--run", _folder.Path);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        foreach (
            var heading in new[]
            {
                "== Tokenizer", "== Shards", "== Gate", "== Pretraining demo-toy", "== Chunks", "== Rows",
                "== Fine-tuning demo-toy-sft", "== Generation", "== Answers",
            })
            ran.Output.Should().Contain(heading);
        ran.Output.Should().Contain("step 1/4  loss 7.").And.Contain("step 4/4  loss 7.").And.NotContain("\u001b");
        ran.Output.Should()
            .MatchRegex(@"(?m)^peak [\d.]+ [GT]FLOP/s \(measured: product of \d+ × \d+ in float32\); 2\.27M FLOP per token ")
            .And.MatchRegex(@"validation 7\.\d+ \(3\.\d+ bits/byte\)")
            .And.Contain("== Diagnosis")
            .And.Contain("too few measurements to judge: 4 steps are too few to distinguish a trend from noise.");

        var run = RunFolder.OpenExisting(_folder / "run");
        Directory.EnumerateFileSystemEntries(run.FullPath).Select(Path.GetFileName).Should()
            .BeEquivalentTo(
                "answers.jsonl", "checkpoints", "events.jsonl", "gate.json", "machines.jsonl", "metrics.jsonl", "plan.yaml",
                "report.html", "samples.jsonl");
        run.CheckpointSteps().Should().Equal([1, 2, 4], "the first step is saved to verify that saving works");
        MetricsLog.Read(run.MetricsFile).Select(line => line.Step).Should().Equal(1, 2, 3, 4);
        MetricsLog.Read(run.MetricsFile).Should().OnlyContain(line => line.ValidationLoss > 0);
        SampleLog.Read(run.SamplesFile).Select(sample => (sample.Step, sample.Prompt)).Should().Equal(
            (2, "Merhaba"), (2, "Türkiye"), (2, "Stok"), (4, "Merhaba"), (4, "Türkiye"), (4, "Stok"));
        ChatTemplate.Exists(RunFolder.OpenExisting(_folder / "sft").CheckpointFolder(4)).Should().BeTrue();
        File.ReadAllText(run.ReportFile).Should().Contain("<svg").And.Contain("Open.");

        var gate = File.ReadAllBytes(run.GateFile);
        JsonDocument.Parse(gate).RootElement.GetProperty("open").GetBoolean().Should().BeTrue();
        foreach (var step in run.CheckpointSteps())
            Checkpoint
                .Open(run.CheckpointFolder(step))
                .State.GateDigest.Should()
                .Be(Convert.ToHexStringLower(SHA256.HashData(gate)));

        var again = await CommandLineRunner.Run("demo", "--steps", "4", "--run", _folder.Path, "--resume");
        again.Code.Should().Be(ExitCode.Success);
        again.Output.Should().Contain("The run is complete").And.NotContain("== Gate");
        again
            .Output[
                again.Output.IndexOf("== Generation", StringComparison.Ordinal)..again.Output.IndexOf(
                    "Done in", StringComparison.Ordinal)
            ]
            .Should()
            .Be(
                ran.Output[
                    ran.Output.IndexOf("== Generation", StringComparison.Ordinal)..ran.Output.IndexOf(
                        "Done in", StringComparison.Ordinal)
                ]);
    }
}
