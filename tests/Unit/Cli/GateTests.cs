using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Cli;

[Collection(nameof(NonParallel))]
public sealed class GateTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    /// <summary>All files are valid, but the embedding has rows that no token uses.</summary>
    [Fact]
    public async Task Stays_closed_for_a_model_of_another_vocabulary_and_names_what_failed()
    {
        var ran = await CommandLineRunner.Run("train", _here.Plan, "--set", "model.vocab_size=2049");

        ran.Code.Should().Be(ExitCode.GateClosed);
        ran.FirstError.Should().MatchRegex(@"^The gate is closed: [1-9][0-9]* of [0-9]+ requirements do(es)? not hold on cpu\.$");
        ran.Errors.Should().Contain("P02: ").And.Contain("2048").And.Contain("2049").And.NotContain("   at ");
        _here.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Diverged_training_and_a_model_that_diverged_are_one_paragraph_each()
    {
        // NaN weights in a checkpoint with valid hashes.
        var plan = TrainingPlan.Load(_here.Plan, []);
        using (var trainer = Trainer.Create(TestClearance.Create(plan)))
        {
            MemoryMarshal.Cast<byte, float>(trainer.Model.Parameters["norm.weight"].bytes)[3] = float.NaN;
            trainer.Save(_here / "bad");
        }

        var ran = await CommandLineRunner.Run("train", _here.Plan, "--set", $"warm_start.checkpoint={_here / "bad"}");
        ran.Code.Should().Be(ExitCode.Failed);
        ran.Errors.TrimEnd().Should().Be(
            "Training stopped at step 1: the loss is NaN, the gradient norm NaN, at learning rate 1.5E-3. "
                + "The weights are those of step 0. "
            + "Resume from the last checkpoint with a lower optimizer.learning_rate or a longer "
            + "optimizer.warmup_steps, or let safety.on_divergence skip such batches.");
        RunFolder.OpenExisting(_here.Run).CheckpointSteps().Should().BeEmpty();

        _here.Copy(_here / "bad", "run/checkpoints/step-000001");
        ran = await CommandLineRunner.Run("generate", _here.Run, "Kablo");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().Contain("NaN").And.NotContain("   at TurkishLlm.");
    }

    [Fact]
    public async Task Suggests_the_requirement_that_was_meant()
    {
        var ran = await CommandLineRunner.Run("spec", "run", _here.Plan, "--only", "P491", "--only", "CKP-044");
        (ran.Code, ran.Errors.ReplaceLineEndings("\n")).Should().Be((ExitCode.InvalidInput,
            "There is no requirement P491. Did you mean P49? `turkishllm spec list` shows them all.\n"
            + "There is no requirement CKP-044. Did you mean CKP-04? `turkishllm spec list` shows them all.\n"));
    }

    [Fact]
    public async Task Judges_a_single_requirement()
    {
        var ran = await CommandLineRunner.Run("spec", "run", _here.Plan, "--only", "TOK-08");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should().Contain("holds    TOK-08").And.Contain("1 requirement holds on cpu, float32");
    }
}
