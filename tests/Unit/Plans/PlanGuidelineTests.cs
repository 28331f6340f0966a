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
    private const string Sft = "sft={sources: {a: {path: a.jsonl}}}";

    private const string Recipe =
        "model.dropout=0.05 ; optimizer.learning_rate=2e-5 ; optimizer.minimum_learning_rate=2e-6";

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
        "fine-tuning-recipe", $"{Sft} ; training.epochs=3", "model.dropout is 0, optimizer.learning_rate is 0.0003")]
    [InlineData("fine-tuning-epochs", $"{Sft} ; {Recipe} ; training.epochs=1", "training.epochs is 1")]
    [InlineData("fine-tuning-epochs", $"{Sft} ; {Recipe}", "training.steps is 50000 instead of epochs")]
    [InlineData("peak-learning-rate", "optimizer.learning_rate=2e-4 ; optimizer.minimum_learning_rate=2e-5",
        "optimizer.learning_rate is 0.0002")]
    [InlineData("peak-learning-rate", "model.d_ff=4000 ; optimizer.warmup_steps=2000", "optimizer.learning_rate is 0.0003")]
    [InlineData("final-learning-rate", "optimizer.minimum_learning_rate=0", "optimizer.minimum_learning_rate is 0")]
    [InlineData("warm-up", "optimizer.warmup_steps=499", "optimizer.warmup_steps is 499")]
    [InlineData("warm-up", "model.d_ff=4000 ; optimizer.learning_rate=1.5e-4 ; optimizer.minimum_learning_rate=1.5e-5",
        "optimizer.warmup_steps is 500")]
    [InlineData("cosine-schedule", "optimizer.schedule=linear", "optimizer.schedule is linear")]
    [InlineData("adamw", "optimizer.beta2=0.999 ; optimizer.gradient_clip=0",
        "optimizer.beta2 is 0.999, optimizer.gradient_clip is 0")]
    [InlineData("adamw", "optimizer.beta1=0.8 ; optimizer.weight_decay=0", "optimizer.beta1 is 0.8, optimizer.weight_decay is 0")]
    [InlineData("tokens-per-step", "training.micro_batch_size=64", "a step has 32768 tokens")]
    [InlineData("bfloat16-on-gpu", "compute_dtype=float32", "compute_dtype is float32")]
    [InlineData("retrieval-length",
        $"sft={{sources: {{a: {{path: a.jsonl, input_is_context: true}}}}}} ; {Recipe} ; training.epochs=3",
        "training.sequence_length is 512")]
    public void Sees_a_plan_that_contradicts_it(string decision, string change, string says)
    {
        var plan = TrainingPlan.Load(Path.Combine(Repository.Root, "configs", "v1-r1.yaml"), change.Split(" ; "));
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
