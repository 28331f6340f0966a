using System.Security.Cryptography;
using System.Text.Json;
using TurkishLlm.Synthesis.Files;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// The folder of rows: <c>v1/train.jsonl</c> and <c>v1/validation.jsonl</c> (conversations), <c>v2/…</c> (rows with context),
/// <c>rejected.jsonl</c> and, last, <c>manifest.json</c>.
/// </summary>
public static class SftFolder
{
    /// <summary>Writes everything; files that are there are replaced one by one, the manifest last.</summary>
    public static SftManifest Write(string folder, SftRows rows, Review review, SftBuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(review);
        ArgumentNullException.ThrowIfNull(options);
        SftFile[] files =
        [
            File("v1/train.jsonl", rows.Chat[false]), File("v1/validation.jsonl", rows.Chat[true]),
            File("v2/train.jsonl", rows.Rag[false]), File("v2/validation.jsonl", rows.Rag[true]),
            File("rejected.jsonl", review.Rejected),
        ];
        var manifest = new SftManifest(
            options.ValidationShare, options.RefusalShare, options.ContextTokens, review.Accepted.Count, rows.Refusals,
            new SortedDictionary<string, int>(review.Rejected.CountBy(rejection => rejection.Reason).ToDictionary(count => ToJsonName(count.Key), count => count.Value), StringComparer.Ordinal),
            rows.Excluded, files);
        TextFile.WriteLines(Path.Combine(folder, "manifest.json"), [JsonSerializer.Serialize(manifest, JsonText.IndentedOptions)]);
        return manifest;

        SftFile File<T>(string name, IEnumerable<T> lines)
        {
            var (path, count) = (Path.Combine(folder, name), 0);
            TextFile.WriteLines(path, lines.Select(line =>
            {
                count++;
                return JsonText.Serialize(line);
            }));
            using var stream = System.IO.File.OpenRead(path);
            return new(name, count, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
    }

    private static string ToJsonName(RejectionReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}

/// <summary>A file of rows.</summary>
/// <param name="Name">Path below the folder.</param>
/// <param name="Rows">Lines.</param>
/// <param name="Sha256">Of its bytes.</param>
public sealed record SftFile(string Name, int Rows, string Sha256);

/// <summary>What the folder of rows holds.</summary>
/// <param name="ValidationShare">Share of documents asked for.</param>
/// <param name="RefusalShare">Share of refusals asked for.</param>
/// <param name="ContextTokens">Most tokens of a context.</param>
/// <param name="Accepted">Pairs that passed every check.</param>
/// <param name="Refusals">Rows with a context that does not answer.</param>
/// <param name="Rejected">Pairs that did not pass, by reason.</param>
/// <param name="Excluded">Pairs that passed but made no row with a context, by reason.</param>
/// <param name="Files">The files.</param>
public sealed record SftManifest(
    double ValidationShare, double RefusalShare, int ContextTokens, int Accepted, int Refusals, IReadOnlyDictionary<string, int> Rejected,
    IReadOnlyDictionary<string, int> Excluded, IReadOnlyList<SftFile> Files);
