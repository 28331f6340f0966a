using System.Text.Encodings.Web;
using System.Text.Json;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.Preference;

/// <summary>Writes preference pairs as JSON lines that <see cref="PreferenceReader"/> reads.</summary>
public static class PreferenceWriter
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file atomically.</summary>
    /// <param name="file">The output file; replaced if it exists.</param>
    /// <param name="rows">The pairs: two conversations that differ in their last message.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string file, IEnumerable<PreferenceRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        AtomicFile.Write(file, stream =>
        {
            foreach (var row in rows)
            {
                using (var json = new Utf8JsonWriter(stream, Compact))
                {
                    json.WriteStartObject();
                    ConversationWriter.WriteMessages(json, new Conversation([.. row.Chosen.Messages.SkipLast(1)]));
                    json.WriteString("chosen", row.Chosen.Messages[^1].Text);
                    json.WriteString("rejected", row.Rejected.Messages[^1].Text);
                    json.WriteEndObject();
                }
                stream.WriteByte((byte)'\n');
            }
        });
    }
}
