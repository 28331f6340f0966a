using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Files;

namespace TurkishLlm.Cli.Tasks;

/// <summary>Writes the overlap of gold rows with training text as JSON.</summary>
internal static class ContaminationFile
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one JSON object per row.</summary>
    public static void WriteRows(string file, IReadOnlyList<GoldRow> gold, IReadOnlyList<RowContamination> rows) =>
        AtomicFile.Write(file, stream =>
        {
            foreach (var (row, found) in gold.Zip(rows))
            {
                using (var json = new Utf8JsonWriter(stream, Compact))
                {
                    json.WriteStartObject();
                    json.WriteString("location", row.Location);
                    json.WriteNumber("ngrams", found.NGrams);
                    json.WriteNumber("found", found.Found);
                    json.WriteBoolean("too_short", found.IsTooShort);
                    json.WriteBoolean("contaminated", found.IsContaminated);
                    json.WriteEndObject();
                }
                stream.WriteByte((byte)'\n');
            }
        });

    /// <summary>Writes the sums over all rows as one JSON object.</summary>
    public static void WriteSummary(TextWriter output, string file, IReadOnlyList<RowContamination> rows) =>
        JsonOutput.Write(output, new
        {
            File = file,
            Rows = rows.Count,
            TooShort = rows.Count(row => row.IsTooShort),
            Contaminated = rows.Count(row => row.IsContaminated),
            Ngrams = rows.Sum(row => row.NGrams),
            NgramsFound = rows.Sum(row => row.Found),
        });
}
