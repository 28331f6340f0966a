using System.Runtime.InteropServices;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Data;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Cli;

[Collection(nameof(Alone))]
public sealed class GateTests : IDisposable
{
    private readonly Workplace _here = new();

    public void Dispose() => _here.Dispose();

    /// <summary>Another tokenizer of the same size, as after training it again on more text: every file is in order, the pair is not.</summary>
    [Fact]
    public async Task Stays_closed_for_shards_of_another_tokenizer_and_names_what_failed()
    {
        var other = BytePairTrainer.Train(
            DocumentReader.Read(Path.Combine(ReferenceRun.Fixtures, "text")).Select(document => document.Text).Skip(40), 2048, cancel: TestContext.Current.CancellationToken);
        other.Save(_here / "tokenizer");
        var before = _here.Names().ToArray();

        var ran = await Terminal.Run("train", _here.Plan, "--set", $"data.tokenizer={_here / "tokenizer"}");

        ran.Code.Should().Be(ExitCode.GateClosed);
        ran.FirstError.Should().MatchRegex(@"^Training did not start: [1-9][0-9]* of [0-9]+ requirements do not hold on cpu\.$");
        ran.Errors.Should().Contain("P49: ").And.Contain(other.Hash).And.Contain(Tokenizer.Load(ReferenceRun.Plan.Data.Tokenizer).Hash);
        ran.Errors.Should().NotContain("   at ");
        _here.Names().Should().Equal(before);
    }

    [Fact]
    public async Task Diverged_training_is_one_paragraph_and_a_failure_of_the_program_shows_where()
    {
        // Weights that are not numbers, in a checkpoint whose every hash is right.
        var plan = TrainingPlan.Load(_here.Plan, []);
        using (var trainer = Pretrainer.Begin(Ungated.For(plan)))
        {
            MemoryMarshal.Cast<byte, float>(trainer.Model.Parameters["norm.weight"].bytes)[3] = float.NaN;
            trainer.Save(_here / "bad");
        }

        var ran = await Terminal.Run("train", _here.Plan, "--set", $"start.checkpoint={_here / "bad"}");
        ran.Code.Should().Be(ExitCode.Failed);
        ran.Errors.TrimEnd().Should().Be(
            "Training stopped at step 1: the loss is NaN, the gradient norm NaN, at learning rate 1.5E-3. The weights of step 0 are untouched. "
            + "Go on from the last checkpoint with a lower optimizer.learning_rate or a longer optimizer.warmup_steps.");
        RunFolder.Existing(_here.Run).CheckpointSteps().Should().BeEmpty();

        _here.Copy(_here / "bad", "run/checkpoints/step-000001");
        ran = await Terminal.Run("generate", _here.Run, "Kablo");
        ran.Code.Should().Be(ExitCode.Failed);
        ran.Errors.Should().StartWith("System.ArgumentException: A logit is NaN: the weights have diverged.").And.Contain("   at TurkishLlm.");
    }

    [Fact]
    public async Task Tells_which_requirement_was_meant()
    {
        var ran = await Terminal.Run("spec", "run", _here.Plan, "--only", "P491", "--only", "CKP-044");
        (ran.Code, ran.Errors.ReplaceLineEndings("\n")).Should().Be((ExitCode.WrongInput,
            "There is no requirement P491. Did you mean P49? `turkishllm spec list` shows them all.\n"
            + "There is no requirement CKP-044. Did you mean CKP-04? `turkishllm spec list` shows them all.\n"));
    }

    [Fact]
    public async Task Judges_a_single_requirement_without_what_it_does_not_need()
    {
        var ran = await Terminal.Run("spec", "run", _here.Plan, "--only", "TOK-08", "--set", "data.shards=nowhere");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Done, ""));
        ran.Output.Should().Contain("holds  TOK-08").And.Contain("1 requirement");
    }
}
