using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Specification;

namespace TurkishLlm.Spec.Plans;

/// <summary>Prints the specification as <c>docs/SPEC.md</c>; a test fails if the page is stale.</summary>
public static class SpecDocument
{
    /// <summary>Returns all requirements as Markdown.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append(
            "# The specification\n\nPrinted by `turkishllm spec list --markdown`; a test fails when this page is " + "stale.\n\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"{RequirementCatalog.All.Count} requirements, ");
        text.Append(CultureInfo.InvariantCulture, $"{RequirementCatalog.All.Sum(r => r.CaseNames.Count)} canonical cases, ");
        text.Append(CultureInfo.InvariantCulture, $"{RequirementCatalog.All.Sum(r => r.ImpostorNames.Count)} impostors. ");
        text.Append(
            "An impostor is a wrong implementation, with a bug that training would not show; every requirement "
                + "must refute its ");
        text.Append(
            "impostors by measurement on each of its cases. Ids that start with BUG- are ids of the catalog of "
                + "silent bugs.\n\n");
        text.Append(
            "`turkishllm spec run [PLAN]` judges the requirements on this machine and prints the verdict and "
                + "margin of each: the ");
        text.Append(
            "largest measured error as a share of the allowed one (– if a requirement has no such bound). "
                + "`--only P22,ATT-01` ");
        text.Append(
            "judges only some, `--verbose` prints what was measured on every case. Without a plan, requirements "
                + "are judged under a ");
        text.Append("small built-in plan: CPU, float32, the text and tokenizer of the fixtures.\n");
        foreach (var (area, requirements) in RequirementCatalog.Areas)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {area}\n\n");
            text.Append(Table(requirements));
        }
        return text.ToString();
    }

    /// <summary>Returns requirements as a Markdown table, one row each.</summary>
    /// <param name="requirements">The requirements.</param>
    public static string Table(IEnumerable<Requirement> requirements)
    {
        var text = new StringBuilder("| id | requirement | source | impostors it refutes |\n|---|---|---|---|\n");
        foreach (var r in requirements)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {r.Id} | {Cell(r.Statement)} | {Cell(r.Source)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(string.Join("; ", r.ImpostorNames))} |\n");
        }
        return text.ToString();
    }

    /// <summary>Returns the SHA-256 of the text, to compare the specifications of two builds.</summary>
    public static string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Markdown())));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
