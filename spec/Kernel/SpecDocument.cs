using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TurkishLlm.Spec.Kernel;

/// <summary>Prints the specification for people: <c>docs/SPEC.md</c> is this text, and a test fails when it is not.</summary>
public static class SpecDocument
{
    /// <summary>The whole catalogue as Markdown.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append("# The specification\n\n");
        text.Append("Printed by `turkishllm spec list --markdown`; a test fails when this page is stale.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{RequirementCatalogue.All.Count} requirements, {RequirementCatalogue.All.Sum(r => r.CaseNames.Count)} canonical cases, {RequirementCatalogue.All.Sum(r => r.ImpostorNames.Count)} impostors. ");
        text.Append("An impostor is a wrong implementation, a bug that training would not show; each must be refuted by measurement on every case of its requirement.\n");
        foreach (var (area, requirements) in RequirementCatalogue.Areas)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {area}\n\n| id | requirement | source | impostors it refutes |\n|---|---|---|---|\n");
            foreach (var r in requirements)
                text.Append(CultureInfo.InvariantCulture, $"| {r.Id} | {Cell(r.Statement)} | {Cell(r.Source)} | {Cell(string.Join("; ", r.ImpostorNames))} |\n");
        }
        return text.ToString();
    }

    /// <summary>SHA-256 of the text: the same where the same is judged.</summary>
    public static string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Markdown())));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
