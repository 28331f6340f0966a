using FluentAssertions;
using TorchSharp;
using TurkishLlm.Cli;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of <c>checkpoint merge</c> and of other commands on a run with an adapter.</summary>
[Collection(nameof(NonParallel))]
public sealed class MergeTests : IDisposable
{
    private readonly TestWorkspace _here = new();
    private readonly TrainingPlan _plan;

    public MergeTests()
    {
        var plan = TrainingPlan.Load(_here.Plan, ["training.steps=3", $"run={_here / "base"}", "samples.every=0"]);
        TinyPlan.Trace(plan);
        _plan = plan with
        {
            RunFolder = _here.Run,
            WarmStart = new WarmStartPlan(Base),
            Lora = new LoraConfig(2, 5, targets: [LoraTarget.K, LoraTarget.Up]),
        };
        TinyPlan.Trace(_plan);
    }

    private string Base => _here / "base/checkpoints/step-000003";

    private string Last => _here / "run/checkpoints/step-000003";

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Makes_a_whole_model_that_computes_the_same()
    {
        var ran = await CommandLineRunner.Run("checkpoint", "merge", Last, _here / "models/merged");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .StartWith("merged logits match the adapter: largest difference ")
            .And.Contain($"→ {_here / "models/merged"}, ");

        using var written = ParameterFile.Load(
            _here / "models/merged/model.safetensors", ModelConfigFile.Read(_here / "models/merged/config.json"), torch.CPU);
        using var expected = Checkpoint.Open(Last).LoadParameters(_plan.Model, torch.CPU);
        ParameterHash.Compute(written).Should().Be(ParameterHash.Compute(expected));
        TurkishLlm
            .Tokenization.Tokenizer.Load(_here / "models/merged")
            .Hash.Should()
            .Be(Checkpoint.Open(Last).State.TokenizerHash);
    }

    [Fact]
    public async Task Finds_weights_that_were_moved()
    {
        _here.Copy(Base, "moved");
        Directory.Delete(Base, recursive: true);
        Expect(await CommandLineRunner.Run("checkpoint", "merge", Last, _here / "merged"),
            $"The checkpoint {Base}, on which the adapter was trained, does not exist. Give its new path: --base-model DIR");
        Directory.Exists(_here / "merged").Should().BeFalse();

        var ran = await CommandLineRunner.Run(
            "checkpoint", "merge", Last, _here / "merged", "--base-model", _here / "moved");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
    }

    [Fact]
    public async Task Refuses_other_weights_than_those_the_adapter_was_trained_on()
    {
        var ran = await CommandLineRunner.Run("checkpoint", "merge", Last, _here / "merged", "--base-model", Last);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.TrimEnd()
            .Should()
            .Match(
                $"The adapter in {Last} was trained on the weights * of {Base}, but {Last} holds *. Pass the weights "
                    + "that it was trained on.");
        Directory.Exists(_here / "merged").Should().BeFalse();
    }

    [Fact]
    public async Task A_run_with_an_adapter_writes_and_is_evaluated_as_any_other()
    {
        (await CommandLineRunner.Run("generate", _here.Run, "Kablo", "--max-tokens", "3")).Code.Should().Be(ExitCode.Success);
        var ran = await CommandLineRunner.Run("evaluate", Last, "--windows", "2");
        var measured = MetricsLog.Read(_here / "run/metrics.jsonl").Last().ValidationLoss!.Value;
        ran.Output.Should().StartWith(FormattableString.Invariant($"step 3: loss {measured:F4} nats per token"));
    }

    private static void Expect(CommandLineResult ran, string message) =>
        (ran.Code, ran.Errors.TrimEnd(), ran.Output).Should().Be((ExitCode.InvalidInput, message, ""));
}
