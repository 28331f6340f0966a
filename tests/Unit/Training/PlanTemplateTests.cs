using FluentAssertions;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>The chat template that a plan names is that of its data, in every section that has one.</summary>
[Collection(nameof(NonParallel))]
public sealed class PlanTemplateTests : IDisposable
{
    private static readonly string
        Pairs = Path.Combine(ReferenceRun.Fixtures, "preference", "erp.jsonl"),
        Rows = Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl");

    private static readonly Dictionary<string, Func<TrainingPlan, ChatFormat, TrainingPlan>> Sections = new()
    {
        ["sft"] = (plan, format) => plan with { Sft = new SftPlan([new SftSource("erp", Rows)]) { ChatTemplate = format } },
        ["dpo"] = (plan, format) => Prefer(plan, new DpoPlan(), format),
        ["orpo"] = (plan, format) => Prefer(plan, new OrpoPlan(), format),
        ["kto"] = (plan, format) => Prefer(plan, new KtoPlan(), format),
        ["reward"] = (plan, format) => Prefer(plan, new RewardPlan(), format),
        ["grpo"] = (plan, format) => plan with
        {
            Grpo = new GrpoPlan([Rows], new RewardsPlan { Ends = 1 }) { MaxNewTokens = 16, ChatTemplate = format },
        },
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Cases() =>
        [.. from section in Sections.Keys from format in ChatFormat.All select (section, format.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Cases))]
    public void Data_are_rendered_by_the_template_of_the_plan(string section, string name)
    {
        var start = TinyPlan.Create(_folder / "base");
        TinyPlan.Trace(start with { Training = start.Training with { Steps = 3 } });
        var format = ChatFormat.Find(name)!;
        var plan = Sections[section](
            TinyPlan.Create(_folder / "run") with
            {
                Model = start.Model.With(dropout: 0, maxSeqLen: 256),
                Training = new BatchingPlan(Steps: 2, MicroBatchSize: 4, SequenceLength: 256, AccumulationSteps: 2),
                WarmStart = new WarmStartPlan(RunFolder.OpenExisting(start.RunFolder).CheckpointFolder(3)),
            },
            format);
        plan.ChatTemplate.Should().Be(format);
        using var data = ITrainingData.Open(plan);
        data.Template!.Format.Should().Be(format);
    }

    private static TrainingPlan Prefer(TrainingPlan plan, PreferenceObjectivePlan objective, ChatFormat format) =>
        plan with { Preference = new PreferencePlan([Pairs], objective) { ChatTemplate = format } };
}
