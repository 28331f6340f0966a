using System.Globalization;
using System.Text;
using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Tests.Unit.Data;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged files of conversations are read or refused with the name of the file; nothing becomes U+FFFD.</summary>
/// <remarks>TURKISHLLM_FUZZ_COUNT sets the number of files, such as 100000 for a long run.</remarks>
public sealed class ConversationFuzzTests : IDisposable
{
    private static readonly byte[][] Inputs = [.. CreateInputs().Select(Encoding.UTF8.GetBytes), .. CreateUtf16()];

    private static readonly string[] Parts =
    [
        "\"weight\":0,", "\"train\":true,", "\"role\":\"user\",", "\"messages\":[",
        "\"tool_calls\":[{\"function\":{\"name\":\"f\"}}],",
        "\\ud83d", "\\udd2c", "\\\"", "<|im_start|>", "<|im_end|>\n", "},\n{", "]", "\uFEFF", "\u200B", "ş", "\r\n", "\"data\":[",
        "1e400",
    ];

    private readonly TemporaryDirectory _here = new();

    private static int Count => int.TryParse(
        Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var set)
        ? set
        : 3000;

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Damaged_files_are_read_or_refused_by_name()
    {
        var mutator = new InputMutator(Inputs, seed: 16, Parts);
        var (faults, read, refused, skipped) = (new List<string>(), 0, 0, 0);
        for (var i = 0; i < Count && faults.Count < 5; i++)
        {
            var bytes = mutator.Next();
            var file = _here.Write(i % 3 == 0 ? "rows.txt" : i % 3 == 1 ? "rows.json" : "rows.jsonl", bytes);
            var hasMark = bytes.AsSpan().IndexOf("\uFFFD"u8) >= 0 || HasUtf16Mark(bytes);
            foreach (var skip in (bool[])[false, true])
                try
                {
                    Action<string>? onSkipped = skip ? message => skipped += RequireName(message, file) : null;
                    read += Read(file, onSkipped, hasMark);
                }
                catch (InvalidDataException error) when (error.Message.Contains(file, StringComparison.Ordinal))
                {
                    refused++;
                }
                catch (Exception error)
                {
                    faults.Add($"input {i}: {error}\n{Encoding.UTF8.GetString(bytes)}");
                }
        }
        faults.Should().BeEmpty();
        read.Should().BePositive();
        refused.Should().BePositive();
        skipped.Should().BePositive();
    }

    private static int Read(string file, Action<string>? onSkipped, bool hasMark)
    {
        var rows = 0;
        foreach (var row in ConversationReader.Read(file, onSkipped: onSkipped, unknownKeys: new()))
        {
            rows++;
            if (row.Conversation is { } conversation) RefuseReplacements(conversation, hasMark);
        }
        try
        {
            foreach (var row in PreferenceReader.Read(file, onSkipped))
            {
                rows++;
                RefuseReplacements(row.Chosen, hasMark);
                RefuseReplacements(row.Rejected, hasMark);
            }
        }
        catch (InvalidDataException error) when (error.Message.Contains(file, StringComparison.Ordinal))
        {
            // Most files are no preference pairs.
        }
        return rows;
    }

    private static void RefuseReplacements(Conversation conversation, bool hasMark)
    {
        if (!hasMark && ConversationText.Spell(conversation).Contains('\uFFFD', StringComparison.Ordinal))
            throw new InvalidOperationException("a character was replaced by U+FFFD");
    }

    private static int RequireName(string message, string file) => message.Contains(file, StringComparison.Ordinal)
        ? 1
        : throw new InvalidOperationException($"a row is skipped without the name of the file: {message}");

    // The mark itself may come from an escape or from UTF-16.
    private static bool HasUtf16Mark(byte[] bytes) =>
        bytes.AsSpan().IndexOf("\\ufffd"u8) >= 0
        || bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFD, 0xFF]) >= 0
        || bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xFD]) >= 0;

    private static IEnumerable<string> CreateInputs()
    {
        var rows = ConversationReaderTests.Shapes().Select(shape => (string)shape.Data.Item1).ToArray();
        foreach (var row in rows) yield return row + "\n" + row + "\n";
        yield return $"[{string.Join(",\n", rows)}]";
        yield return $"{{\"data\":[{rows[0]},\n{rows[1]}]}}";
        yield return """
            {"prompt":"Nerede?","chosen":"Iğdır'da 🚚.","rejected":"Bilmem.","context":["c"]}
            {"messages":[{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":"b"}
            """;
        yield return """{"text":"Fatura geldi mi?","label":"finans"}""" + "\n" + """{"text":"Makara boş.","label":"stok"}""";
        yield return """{"text":"Ali gitti.","entities":[{"text":"Ali","label":"kişi"}]}""";
        yield return """{"input_ids":[0,4,300,6,2],"labels":[-1,-1,300,6,-100],"attention_mask":[1,1,1,1,1]}""";
        yield return "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\nş<|im_end|>\n";
    }

    private static IEnumerable<byte[]> CreateUtf16() =>
        CreateInputs().Take(4).Select(text => (byte[])[.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)]);
}
