using System.Text;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// Every plan of the project with all its defaults written out: a default that changes is seen in every run it changes.
/// </summary>
public sealed class PlanDumpTests
{
    [Fact]
    public void Effective_plans_are_the_ones_on_record()
    {
        var dump = new StringBuilder();
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml").Select(Path.GetFileName)
            .Where(name => PlanRecord.Trains(name!)).Order(StringComparer.Ordinal);
        foreach (var name in files)
            dump.Append("# ")
                .Append(name)
                .Append('\n')
                .Append(TrainingPlan.Load(Path.Combine(Repository.Root, "configs", name!), []).ToYaml())
                .Append('\n');
        GoldenFile.Compare("Plans", dump.ToString());
    }
}
