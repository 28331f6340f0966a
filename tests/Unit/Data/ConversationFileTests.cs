using System.Text;
using FluentAssertions;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Preference;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TurkishLlm.Tests.Unit.Data.ConversationText;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Files of rows as other programs write them: encodings, arrangements, wrappers, and damage.</summary>
[Trait("Suite", "Fast")]
public sealed class ConversationFileTests : IDisposable
{
    private const string First = """{"question":"Iğdır?","answer":"Şube."}""", Second = """{"question":"q","answer":"a"}""";
    private const string Half = """{"question":"Yanıt \ud83d","answer":"a"}""";

    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    public static TheoryData<string, string> Arrangements() => new()
    {
        { "lines.json", $"{First}\n{Second}\n" },
        { "lines.txt", $"{First}\r\n\r\n{Second}" },
        { "list.jsonl", $"[{First},\n{Second}]" },
        { "list.txt", $"\n[\n  {First}\n  ,{Second}\n]\n" },
        { "joined.jsonl", $"\uFEFF{First}\n\uFEFF{Second}\n" },
        {
            "pretty.json",
            $"{First.Replace(",", ",\n  ", StringComparison.Ordinal)}\n"
                + $"{Second.Replace(":", " :\n", StringComparison.Ordinal)}"
        },
        { "data.json", $"{{\"version\":\"1\",\"data\":[{First},{Second}]}}" },
        { "items.json", $"{{\n\"items\": [\n{First},\n{Second}]\n}}" },
        {
            "viewer.json",
            $"{{\"rows\":[{{\"row_idx\":0,\"row\":{First}}},{{\"row_idx\":1,\"row\":{Second}}}],\"num_rows_total\":2}}"
        },
        { "hand.json", $"[ // ours\n{First},\n{Second},\n]" },
    };

    [Theory, MemberData(nameof(Arrangements))]
    public void Reads_rows_by_content_regardless_of_the_name(string name, string text)
    {
        Encoding[] encodings = [new UTF8Encoding(false), new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode];
        foreach (var encoding in encodings)
        {
            var file = _here.Write(name, [.. encoding.Preamble, .. encoding.GetBytes(text)]);
            ConversationReader.Read(file).Select(Spell).Should()
                .Equal(["user Iğdır?|assistant Şube.", "user q|assistant a"], $"{name} in {encoding.WebName}");
        }
    }

    [Theory]
    [InlineData("rows.jsonl")]
    [InlineData("rows.chat")]
    public void Reads_markup_by_content_regardless_of_the_name(string name)
    {
        const string text = "<|im_start|>user\r\nq\r\n\r\nr<|im_end|>\r\n<|im_start|>assistant\r\na<|im_end|>\r\n";
        foreach (var encoding in (Encoding[])[new UTF8Encoding(false), Encoding.Unicode])
            Spell(ConversationReader.Read(_here.Write(name, [.. encoding.Preamble, .. encoding.GetBytes(text)])).Single())
                .Should().Be("user q\n\nr|assistant a");
    }

    [Fact]
    public void Reads_markup_with_line_ends_of_Windows_in_a_row() =>
        Spell(
            ConversationReader.Read(
                _here.Write(
                    "rows.jsonl",
                    """{"text":"<|im_start|>user\r\nFire nedir?<|im_end|>\r\n<|im_start|>assistant\r\nKayıptır.<|im_end|>\r\n"}"""))
                .Single())
            .Should().Be("user Fire nedir?|assistant Kayıptır.");

    [Theory]
    [InlineData("""{"train":[{"question":"q","answer":"a"}],"test":[{"question":"r","answer":"b"}]}""",
        ":1: the file is one object with the lists train and test. Save the list to read as a file of its own.")]
    [InlineData("""{"system":"s","data":[{"question":"q","answer":"a"}]}""",
        ":1: \"system\" is beside the list \"data\", but every row has its own. Copy it into the rows.")]
    [InlineData("""{"question":["q","r"],"answer":["a","b"]}""",
        ":1: \"question\" is a list, but it must be a text.")]
    [InlineData("""{"soru_metni":["q","r"],"cevap_metni":["a","b"]}""",
        ":1: the file is one object with the keys soru_metni, cevap_metni, each a column or a row. Write it as JSON lines, *")]
    [InlineData("""{"0":{"question":"q","answer":"a"},"1":{"question":"r","answer":"b"}}""",
        ":1: the file is one object with the keys 0, 1, each a column or a row. *")]
    [InlineData("{\"items\":[{\"instruction\":\"q\",\"output\":\"a\"}]}\n{\"items\":[{\"instruction\":\"q\",\"output\":\"a\"}]}",
        ":1: \"items\" contains an object with the keys instruction, output, but a group consists of pairs of *")]
    [InlineData("[{\"question\":\"q\",\"answer\":\"a\"}]\n[{\"question\":\"q\",\"answer\":\"a\"}]",
        " continues after the end of its list. *")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n", " is a Git LFS pointer *")]
    [InlineData("<!DOCTYPE html><html>login</html>", " is an HTML page. *")]
    [InlineData("[{\"question\":\"q\",\"answer\":\"a\"},\n{\"question\":\"q\"",":2: not JSON*")]
    [InlineData("{\"question\":\"q\",\n{\"question\":\"r\",\"answer\":\"b\"}\n", ":1: not JSON*")]
    public void Names_what_is_wrong_with_a_file(string text, string problem)
    {
        var file = _here.Write("rows.json", text);
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage(file + problem);
    }

    [Theory]
    [InlineData(
        "rows.jsonl", Half + "\n" + First + "\n{\"question\n" + Second, "1: a string is not text: \\ud83d*", "3: not JSON*")]
    [InlineData(
        "half.json", "{\"rows\":[" + First + ",\n" + Half + "," + Second + "]}", "2: a string is not text: \\ud83d*")]
    [InlineData(
        "rows.json", "[" + First + ",\n" + Half + ",\n" + "7,\n" + Second + "]", "2: a string is not text: \\ud83d*",
        "3: the list *")]
    [InlineData(
        "data.json", "{\"data\":[\n" + First + ",\n" + "7,\n{\"question\":1,\"answer\":\"x\"}," + Second + "]}",
        "3: the list contains 7*", "4: \"question\" is 1*")]
    [InlineData(
        "twice.jsonl", First + "\n{\"question\":\"a\",\"question\":\"b\",\"answer\":\"c\"}\n{}\n" + Second, "2: *",
        "3: the row has*")]
    public void Skips_rows_that_are_no_text_and_keeps_the_others(string name, string text, params string[] problems)
    {
        var file = _here.Write(name, text);
        var skipped = new List<string>();
        ConversationReader.Read(file, onSkipped: skipped.Add).Select(Spell).Should()
            .Equal("user Iğdır?|assistant Şube.", "user q|assistant a");
        skipped.Should().HaveCount(problems.Length);
        foreach (var (message, problem) in skipped.Zip(problems)) message.Should().Match($"{file}:{problem}");
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage($"{file}:{problems[0]}");
    }

    [Fact]
    public void Counts_rows_that_are_no_text_as_invalid_in_every_kind_of_data_set()
    {
        var tokenizer = new Tokenizer([]);
        var template = new ChatTemplate(tokenizer);
        var rows = _here.Write("rows.json", $"[{Half},\n{First},{Second}]");
        var data = SftDataset.Open(
            template, tokenizer, new([new("rows", rows)], 512) { ValidationShare = 0, SkipInvalid = true });
        data.Report.Single().GetCount(RowOutcome.Invalid).Should().Be(1);
        data.Train.Should().HaveCount(2);

        var labels = _here.Write("labels.jsonl", """
            {"text":"yarım \udd2c","label":"bir"}
            {"text":"tam","label":"iki"}
            {"text":"sayı","label":3}
            {"text":"bütün","label":"üç"}
            """);
        var read = ConversationReader.Read(labels, onSkipped: _ => { }).ToList();
        read.Select(row => row.Label).Should().Equal("iki", "üç");
        read[0].Conversation!.Messages[0].Text.Should().Contain("Sınıflar: iki, üç.");

        var pairs = _here.Write(
            "pairs.jsonl", """
            {"prompt":"q","chosen":"a \udd2c","rejected":"b"}
            {"prompt":"q","chosen":"a","rejected":"b"}
            """);
        PreferenceDataset.Open(template, new([pairs], 512) { ValidationShare = 0, SkipInvalid = true })
            .Report.Single().Rows[RowOutcome.Invalid].Should().Be(1);
        FluentActions.Invoking(() => GoldFile.Read(rows, "Bilmiyorum."))
            .Should().Throw<InvalidDataException>().WithMessage($"{rows}:1: a string is not text*");
    }

    [Theory]
    [InlineData("list.json", "[{\"instruction\":\"Sipariş?\",\"output\":\"Açılır.\"}]")]
    [InlineData("chat.txt", "<|im_start|>user\nSipariş?<|im_end|>\n<|im_start|>assistant\nAçılır.<|im_end|>\n")]
    [InlineData("rows.jsonl", "{\"instruction\":\"Sipariş?\",\"output\":\"Açılır.\"}")]
    public void Refuses_other_encodings_with_the_remedy(string name, string text)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var file = _here.Write(name, Encoding.GetEncoding(1254).GetBytes(text));
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage($"{file} is not valid UTF-8: *iconv -f WINDOWS-1254 -t UTF-8*");
    }

    [Fact]
    public void Refuses_text_before_the_first_turn()
    {
        var file = _here.Write("chat.txt", "Sohbet\n<|im_start|>user\nq<|im_end|>\n");
        FluentActions.Invoking(() => ConversationReader.Read(file).ToList())
            .Should().Throw<InvalidDataException>().WithMessage($"{file}:1: there is text outside the turns: \"Sohbet\".");
    }
}
