using System.Globalization;
using System.Text;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

[Collection(nameof(NonParallel))]
public sealed class ForeignBugTests
{
    [Fact]
    public void Scratch()
    {
        var only = Environment.GetEnvironmentVariable("FOREIGN_ONLY");
        var file = Environment.GetEnvironmentVariable("FOREIGN_OUT")!;
        foreach (var report in ForeignCatalogs.Reports)
        {
            if (only is not null && !only.Split(',').Contains(report.Bug.ToString())) continue;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var text = new StringBuilder();
            var judged = ForeignCatalogs.Get(report.Subject, report.Bug).Judge();
            foreach (var judgment in judged.Where(j => !j.Verdict.Holds))
                text.Append(string.Join('\t', report.Bug, judgment.Requirement.Id, judgment.CaseName, judgment.Verdict.Evidence, "\n"));
            text.Append(CultureInfo.InvariantCulture, $"{report.Bug}\tEND\t{watch.Elapsed.TotalSeconds:F1}\n");
            File.AppendAllText(file, text.ToString());
        }
    }
}
