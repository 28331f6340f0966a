using System.Security.Cryptography;
using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// Writes the folder of rows: <c>v1/train.jsonl</c> and <c>v1/validation.jsonl</c> (conversations), <c>v2/…</c> (rows with
/// context), <c>rejected.jsonl</c> and, last, <c>manifest.json</c>.
/// </summary>
public static class SftFolder
{
    /// <summary>Writes all files. Existing files are replaced one by one, the manifest last.</summary>
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
            options.ValidationShare, options.RefusalShare, options.Budget.ContextLength, options.Budget.Passages,
            options.Budget.AnswerTokens, review.Accepted.Count, rows.Refusals, rows.Retrieved,
            new SortedDictionary<string, int>(
                review
                    .Rejected.CountBy(rejection => rejection.Reason)
                    .ToDictionary(count => ToJsonName(count.Key), count => count.Value),
                StringComparer.Ordinal),
            rows.Excluded, files);
        AtomicFile.WriteLines(
            Path.Combine(folder, "manifest.json"),
            [JsonSerializer.Serialize(manifest, JsonText.IndentedOptions)]);
        return manifest;

        SftFile File<T>(string name, IEnumerable<T> lines)
        {
            var (path, count) = (Path.Combine(folder, name), 0);
            AtomicFile.WriteLines(path, lines.Select(line =>
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
/// <param name="Name">Path relative to the folder.</param>
/// <param name="Rows">Number of lines.</param>
/// <param name="Sha256">SHA-256 of the file.</param>
public sealed record SftFile(string Name, int Rows, string Sha256);

/// <summary>The manifest of a folder of rows.</summary>
/// <param name="ValidationShare">Requested fraction of validation documents.</param>
/// <param name="RefusalShare">Requested fraction of refusals.</param>
/// <param name="ContextLength">Length of the context of the model for which the rows were built, in tokens.</param>
/// <param name="Passages">Maximum number of passages of a row.</param>
/// <param name="AnswerTokens">Maximum length of an answer in chat, in tokens.</param>
/// <param name="Accepted">Number of accepted pairs.</param>
/// <param name="Refusals">Number of rows with a refusal, because the context does not contain the answer.</param>
/// <param name="Retrieved">Number of rows with supporting passages that the search finds.</param>
/// <param name="Rejected">Number of rejected pairs, by reason.</param>
/// <param name="Excluded">Number of accepted pairs without a context row, by reason.</param>
/// <param name="Files">The files of the folder.</param>
public sealed record SftManifest(
    double ValidationShare,
    double RefusalShare, int ContextLength, int Passages, int AnswerTokens, int Accepted, int Refusals, int Retrieved,
    IReadOnlyDictionary<string, int> Rejected, IReadOnlyDictionary<string, int> Excluded, IReadOnlyList<SftFile> Files);
