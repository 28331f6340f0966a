using FluentAssertions;
using TurkishLlm.Spec;
using TurkishLlm.Training;

namespace TurkishLlm.Tools.Stryker;

/// <summary>
/// The requirements of the pure areas, on the shards of the toy plan; opened again for each, for what is kept may be a mutant's
/// work.
/// </summary>
public sealed class RequirementTests
{
    private static readonly HashSet<string> Areas = ["Tokenizer", "Data", "Conversations"],
        Others = ["P52", "P53", "P54", "OPT-19", "RNK-01"];

    public static TheoryData<string, int> Cases() =>
        [.. from area in Catalog.Areas
            from r in area.Requirements
            where Areas.Contains(area.Area) || Others.Contains(r.Id)
            from i in Enumerable.Range(0, r.CaseNames.Count)
            select (r.Id, i)];

    [Theory, MemberData(nameof(Cases))]
    public void Holds(string id, int index)
    {
        using var conditions = new RunConditions(
            TrainingPlan.Load(Path.Combine(Repository.Root, "configs", "toy.yaml"), [], Repository.Root));
        var verdict = Catalog.Find(id).Judge(index, conditions);
        verdict.Holds.Should().BeTrue("{0}: {1}", id, verdict.Evidence);
    }
}
