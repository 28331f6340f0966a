using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The gate judges what depends on the sizes of a run at the sizes of that run.</summary>
[Collection(nameof(NonParallel))]
public sealed class PlanCaseTests
{
    private static readonly string[] Areas =
    [
        "Architecture", "RMSNorm", "ALiBi", "Attention", "SwiGLU", "Block", "Kernels", "Model", "Training", "LoRA",
        "Preferences", "Data", "Conversations",
    ];

    // Requirements without cases of the plan, by the reason.
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["judges the run's own files, tokenizer or template on every case"] =
            "P47 P48 P49 P50 DAT-06 DAT-32 DAT-34 DAT-44 SFT-01 SFT-05 SFT-12 SFT-17 SFT-21 SFT-22 SFT-23 SFT-24 SFT-25 SFT-31 "
            + "SFT-32 SFT-34 SFT-37 DPO-08 TPL-01 TPL-02 TPL-03 TPL-04 TPL-05",
        ["judges the run's own model on one of its cases"] = "P38",
        ["compares with values computed by hand, for head counts or presets that have them"] = "P09 P14 P20 ATT-03 P32",
        ["covers every kind of sharing with a case of its own"] = "GQA-03",
        ["depends on no size of the plan: bytes of files, ranges of integers, texts of a corpus"] =
            "DAT-01 DAT-02 DAT-03 DAT-19 DAT-30 DAT-31 DAT-40 DAT-41 DAT-42 DAT-43 DAT-45 DAT-46 DAT-50 DAT-51 DAT-52 "
            + "SFT-06 SFT-13 SFT-26 SFT-35 SFT-38 SFT-41 SFT-50 SFT-51 SFT-53 LOR-09 OAS-01 OAS-02",
        ["compares depths or sums of its own"] = "INI-03 LOS-04 LOS-09 TIE-04 TIE-10 ACC-10 NUM-04 OPT-01",
        ["adds keys at distances that it computes from slopes and scores"] = "ATT-11",
        ["scales limits with the norm that it measures; the plan's own limit is judged by the shadow run"] =
            "ACC-08 ACC-12 ACC-14",
        ["trains a plan of its own with the run's tokenizer and data"] =
            "P42 SFT-15 SFT-33 SFT-36 SFT-60 SFT-61 GEN-11 LOR-08 DPO-13 DPO-14 DPO-15 RWM-04 "
            + "OPT-27",
        ["judges formulas of log-probabilities or rewards, without a model"] =
            "DPO-03 DPO-06 DPO-11 DPO-12 KTO-01 KTO-02 RWM-02 RWM-05 RWM-06",
        ["draws gradients of known mean and variance"] = "OPT-28",
        ["judges the text of pairs and their batches, by lengths of their own"] = "DPO-02 DPO-09 DPO-10 KTO-04 KTO-05 KTO-06",
    };

    [Fact]
    public void Requirements_that_depend_on_sizes_have_cases_of_the_plan_or_a_reason()
    {
        var exempt = Reasons.Values.SelectMany(ids => ids.Split(' ')).ToArray();
        var without = RequirementCatalog.Areas
            .Where(area => Areas.Contains(area.Area))
            .SelectMany(area => area.Requirements)
            .Where(requirement => !requirement.HasPlanCases)
            .Select(requirement => requirement.Id)
            .ToArray();

        string.Join(' ', without.Except(exempt)).Should().BeEmpty("each needs PlanCases, or a reason in {0}", nameof(Reasons));
        string.Join(' ', exempt.Except(without)).Should().BeEmpty("these have cases of the plan now, or do not exist");
    }

    [Fact]
    public void Cases_that_cannot_be_made_are_a_failed_requirement()
    {
        var broken = new Requirement<int, Func<int>>
        {
            Id = "TST-01",
            Statement = "A function returns its number.",
            Source = "None",
            CanonicalCases = [7],
            PlanCases = _ => throw new KeyNotFoundException("The plan has no layer 1."),
            Subject = (number, _) => () => number,
            Holds = (get, number, _) => Verdict.Equal(number, get(), "number"),
            Impostors = new() { ["one more"] = (number, _) => () => number + 1 },
        };

        var report = PlanGate.Judge(ReferenceRun.Plan, new("own", broken, RequirementCatalog.Find("P15")));

        var failed = report.FailedJudgments.Should().ContainSingle("the canonical case and P15 hold").Subject;
        (failed.Requirement.Id, failed.CaseName, failed.IsPlanCase, failed.IsLast)
            .Should().Be(("TST-01", "cases of the plan", true, true));
        failed.Verdict.Evidence.Should().Be("KeyNotFoundException: The plan has no layer 1.");
        report.IsOpen.Should().BeFalse();
        report.RequirementCount.Should().Be(2, "the gate continues");
        broken.JudgeImpostor("one more", index: 1, ReferenceRun.Conditions).Crashed.Should().BeTrue();
    }
}
