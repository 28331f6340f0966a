using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Plans;

[Collection(nameof(NonParallel))]
public sealed class PlanGuidelineTests : IDisposable
{
    private static readonly TrainingPlan V1 = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", "v1-r1.yaml"), []);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Round_1_violates_no_guideline() => PlanGuidelines.FindViolations(V1).Should().BeEmpty();

    /// <summary>A plan of the project may contradict a decision, but says why.</summary>
    [Theory, MemberData(nameof(ConfigsTests.Files), MemberType = typeof(ConfigsTests))]
    public void Every_plan_of_the_project_agrees_or_says_why_not(string file)
    {
        var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", file), []);
        PlanGuidelines.FindViolations(plan).Should().BeEmpty();
        plan.IgnoredGuidelines.Reasons.Should().NotContain(reason => reason.Reason.Length < 20);
        foreach (var (decision, _) in plan.IgnoredGuidelines.Reasons)
            PlanGuidelines
                .All.Single(d => d.Id == decision)
                .FindViolation(plan)
                .Should()
                .NotBeNull("what is not contradicted need not be overruled");
    }

    [Theory]
    [InlineData("tokenizer-64k", "model.vocab_size=32000", "model.vocab_size is 32000")]
    [InlineData("grouped-query-attention", "model.n_kv_heads=8", "model.n_heads is 8 on n_kv_heads 8")]
    [InlineData("grouped-query-attention", "model.n_kv_heads=1", "model.n_heads is 8 on n_kv_heads 1")]
    [InlineData("no-pretraining-dropout", "model.dropout=0.1", "model.dropout is 0.1")]
    [InlineData("width-over-depth", "model.n_layers=13", "model.n_layers is 13")]
    [InlineData("fresh-schedule", "warm_start={checkpoint: c, step: 400}", "warm_start.step is 400")]
    [InlineData("gpu-only", "device=cpu", "device is cpu")]
    [InlineData("enough-pretraining", "training.steps=300000", "training.steps = 300000 are 19.7 billion tokens")]
    [InlineData(
        "fine-tuning-recipe", "sft={sources: {a: {path: a.jsonl}}}", "model.dropout is 0, optimizer.learning_rate is 0.0003")]
    public void Sees_a_plan_that_contradicts_it(string decision, string change, string says)
    {
        var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", "v1-r1.yaml"), [change]);
        var contradiction = PlanGuidelines.FindViolations(plan).Should().ContainSingle().Which;
        (contradiction.Guideline.Id, contradiction.Deviation).Should().Be((decision, says));
        PlanGuidelines.FindViolations(plan with { IgnoredGuidelines = new((decision, "an experiment")) }).Should().BeEmpty();
    }

    [Fact]
    public void Every_guideline_has_a_plan_that_violates_it_here() =>
        GetType()
            .GetMethod(nameof(Sees_a_plan_that_contradicts_it))!
            .GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a =>
                ((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value)
            .Distinct().Should().BeEquivalentTo(PlanGuidelines.All.Select(decision => decision.Id));

    [Fact]
    public void Says_what_the_guideline_is_why_and_how_to_override_it() =>
        PlanGuidelines.FindViolations(V1 with { Model = V1.Model.With(dropout: 0.1) }).Single().ToString().Should().Be(
            "model.dropout is 0.1, against the guideline no-pretraining-dropout: no dropout in pretraining "
                + "(reference report, section 17.4). "
            + "A model of this size underfits its corpus and needs no regularization. Fine-tuning used 0.05. "
            + "To ignore it, give the reason in the plan: ignored_guidelines: { no-pretraining-dropout: \"…\" }");

    [Fact]
    public void The_run_records_violations_and_continues()
    {
        var plan = TinyPlan.Create(_folder / "run") with
        {
            IgnoredGuidelines = new(("no-pretraining-dropout", "random numbers must matter")),
        };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken).Should().BeTrue();
        EventLog
            .Read(_folder / "run/events.jsonl")
            .Where(what => what.Kind == EventKind.GuidelineViolation)
            .Select(what => what.Message)
            .Should()
            .ContainSingle(message => message.StartsWith("model.vocab_size is 2048, against the guideline tokenizer-64k: "));
        TrainingPlan.Load(_folder / "run/plan.yaml", []).IgnoredGuidelines.Should().Be(plan.IgnoredGuidelines);
    }
}
