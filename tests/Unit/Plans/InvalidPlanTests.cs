using System.Text;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Compares every error about a plan with a file: the place, the rule and the fix.</summary>
[Trait("Suite", "Fast")]
public sealed class InvalidPlanTests
{
    [Fact]
    public void Errors_of_texts_that_are_no_plan()
    {
        var text = new StringBuilder();
        foreach (var yaml in InvalidPlans.Texts) Append(text, Show(yaml), yaml);
        GoldenFile.Compare("ErrorsOfTexts", text.ToString());
    }

    [Fact]
    public void Errors_of_a_plan_with_a_change_in_one_line()
    {
        var lines = InvalidPlans.Valid.Split('\n')[..^1];
        var text = new StringBuilder();
        foreach (var (name, change) in InvalidPlans.Edits)
            foreach (var (i, line) in lines.Index())
                if (change(line) is var changed && changed != line)
                    Append(
                        text, $"{name}: {Show(changed)}",
                        string.Join('\n', [.. lines[..i], changed, .. lines[(i + 1)..], ""]));
        GoldenFile.Compare("ErrorsOfLines", text.ToString());
    }

    [Fact]
    public void Errors_of_values()
    {
        var text = new StringBuilder();
        foreach (var (path, _) in InvalidPlans.KeysOfEachType())
            foreach (var value in InvalidPlans.Values)
                Append(text, $"{path}={value}", PlanSchemaTests.PlanWith(path), $"{path}={value}");
        GoldenFile.Compare("ErrorsOfValues", text.ToString());
    }

    [Fact]
    public void Errors_of_several_values()
    {
        var text = new StringBuilder();
        foreach (var overrides in InvalidPlans.Combinations)
            Append(text, string.Join(", ", overrides), InvalidPlans.Valid, overrides);
        GoldenFile.Compare("ErrorsOfCombinations", text.ToString());
    }

    private static void Append(StringBuilder text, string name, string yaml, params string[] overrides)
    {
        text.Append("## ").Append(name).Append('\n');
        try
        {
            TrainingPlan.Parse(yaml, "p.yaml", overrides);
            text.Append("valid\n");
        }
        catch (ConfigurationException error)
        {
            // The same four sentences follow each small text.
            var problems = error.Problems.Select(problem => problem.ToString()!)
                .Where(problem => !problem.Contains(" is missing: ", StringComparison.Ordinal)).ToArray();
            text.AppendJoin('\n', problems).Append(problems.Length > 0 ? "\n" : "only keys are missing\n");
        }
    }

    private static string Show(string yaml) =>
        yaml.Replace("\n", "⏎", StringComparison.Ordinal).Replace("\t", "⇥", StringComparison.Ordinal)
            .Replace("\r", "␍", StringComparison.Ordinal);
}
