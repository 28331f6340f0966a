using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

[Trait("Suite", "Fast")]
public sealed class TaskPlanTests
{
    [Theory]
    [InlineData("checkpoints.best_by=chrf", "checkpoints.best_by is chrf; it must be loss, or TASK.METRIC*")]
    [InlineData("checkpoints.best_by=epr.chrf", "checkpoints.best_by names the task \"epr\". Did you mean \"erp\"?")]
    [InlineData("checkpoints.best_by=erp.chfr", "checkpoints.best_by names the metric \"chfr\". Did you mean \"chrf\"?")]
    [InlineData("evaluation.tasks.erp.at_least={exact: 0.5}", "*at_least names \"exact\", which is not a metric. Known: *")]
    [InlineData("evaluation.tasks.erp.at_least={chrf: 50}", "*at_least.chrf is 50; chrf is a share from 0 to 1, *")]
    [InlineData("evaluation.tasks.erp.at_least={chrf: x}", "*at_least.chrf is x, but it must be a number.")]
    [InlineData("evaluation.tasks.erp.files=[]", "evaluation.tasks.erp.files is empty, so there is nothing to ask. *")]
    [InlineData("evaluation.tasks.erp.few_shot_file=f", "*few_shot_file is given, but few_shot is 0, *")]
    [InlineData("evaluation.tasks.erp.rows=-1", "evaluation.tasks.erp.rows is -1; it must be at least 0.")]
    [InlineData("evaluation.tasks.erp.choose=last", "*choose is \"last\", but it must be first or random.")]
    [InlineData("evaluation.tasks.erp.on_mis=stop", "*unknown key \"on_mis\" in evaluation.tasks.erp. Did you mean \"on_miss\"?")]
    [InlineData("evaluation.tasks.erp={rows: 3}", "*evaluation.tasks.erp.files is missing*")]
    [InlineData("evaluation.tasks={e b: {files: [g.jsonl]}}", "*The task \"e b\" needs another name: *")]
    public void Refuses_what_cannot_be_asked_or_compared(string change, string message) =>
        FluentActions.Invoking(() => TestPlans.Parse(TestPlans.Small, "evaluation.tasks.erp.files=[g.jsonl]", change))
            .Should().Throw<ConfigurationException>().WithMessage($"*{message}");

    [Fact]
    public void Refuses_bounds_that_no_value_keeps_and_a_metric_without_tasks()
    {
        FluentActions.Invoking(() => TestPlans.Parse(
                TestPlans.Small, "evaluation.tasks.erp={files: [g], at_least: {f1: 0.6}, at_most: {f1: 0.5}}"))
            .Should().Throw<ConfigurationException>().WithMessage("*f1 must be at least 0.6 and at most 0.5, which no value is.");
        FluentActions.Invoking(() => TestPlans.Parse(TestPlans.Small, "checkpoints.best_by=erp.f1"))
            .Should().Throw<ConfigurationException>().WithMessage("*the plan has no tasks. Add erp: {files: [FILE]}*");
    }
}
