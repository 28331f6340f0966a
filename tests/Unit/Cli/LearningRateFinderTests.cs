using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Training;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary><c>train --find-lr</c> after the gate.</summary>
[Collection(nameof(NonParallel))]
public sealed class LearningRateFinderTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Writes_a_table_a_suggestion_and_a_page_and_nothing_to_the_run_folder()
    {
        var text = Find(_here / "rates.html");
        text.Should().Contain("learning rate").And.Contain("1.0e-6").And.Contain("falls fastest")
            .And.MatchRegex(@"Suggested: optimizer\.learning_rate: [1-9]\.[0-9]e-[1-4], where the loss falls fastest\.")
            .And.Contain("The plan has 3.0e-3");
        File.ReadAllText(_here / "rates.html").Should().Contain("tiny · learning-rate range test");
        _here.Names().Should().Equal("rates.html");
    }

    [Fact]
    public void Is_the_same_twice_and_does_not_touch_a_run_that_exists()
    {
        _here.Write("run/plan.yaml", "something: else\n");
        GetTable(Find(null)).Should().Be(GetTable(Find(null)));
        _here.Names().Should().Equal("run", "run/plan.yaml");
    }

    [Theory]
    [InlineData("--resume", "--resume and --find-lr cannot be combined: a range test starts from initial weights. To test a "
        + "trained model, give its checkpoint to --init-from.")]
    [InlineData("--dry-run", "--dry-run and --find-lr cannot be combined: one takes no step, the other up to 120.")]
    public async Task Refuses_options_of_a_run(string option, string message)
    {
        var ran = await CommandLineRunner.Run("train", _here.Plan, "--find-lr", option);
        (ran.Code, ran.FirstError).Should().Be((ExitCode.InvalidInput, message));
    }

    [Fact]
    public async Task Refuses_a_page_without_the_test()
    {
        var ran = await CommandLineRunner.Run("train", _here.Plan, "--html", _here / "page.html");
        (ran.Code, ran.FirstError).Should().Be(
            (ExitCode.InvalidInput, "--html is only for --find-lr. A run writes report.html to its folder."));
        _here.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Finds_a_missing_tokenizer_before_the_gate()
    {
        var ran = await CommandLineRunner.Run("train", _here.Plan, "--find-lr", "--set", $"data.tokenizer={_here / "no"}");
        (ran.Code, ran.FirstError).Should().Be((
            ExitCode.InvalidInput,
            $"{_here / "no/tokenizer.json"} does not exist. Create one with `turkishllm tokenizer train`."));
    }

    // Without the lines on progress, which have times.
    private static string GetTable(string text) => text[text.IndexOf("learning rate ", StringComparison.Ordinal)..];

    private string Find(string? page)
    {
        var output = new StringWriter();
        var plan = TrainingPlan.Load(_here.Plan, ["training.accumulation_steps=8", "optimizer.warmup_steps=0"]);
        LearningRateFinder.Run(
            new Display(output, "turkishllm"), plan, page, tested => TestClearance.Create(tested),
            TestContext.Current.CancellationToken).Should().Be(ExitCode.Success);
        return output.ToString();
    }
}
