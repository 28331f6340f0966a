using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Parquet;
using Parquet.Schema;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Files of a corpus are read as what they are, regardless of their names.</summary>
public sealed class CorpusFormatTests : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string[] Texts =
    [
        "Işık hızı saniyede 299.792 kilometredir.\n\nBu, evrenin sınırıdır.", "Çay ocağı 🫖 sabah altıda açılır.",
        "\"Tırnak\" ve \\ ters bölü.\nİkinci satır.",
    ];

    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("web.jsonl")]
    [InlineData("web.txt")]
    [InlineData("web")]
    public void A_row_of_JSON_lines_is_one_document_under_any_name(string name)
    {
        var file = _here.Write(name, Lines(text => JsonSerializer.Serialize(new { id = 7, text })));
        DocumentReader.Read(file).Select(document => document.Text).Should().Equal(Texts);
        DocumentReader.Read(file).Select(document => document.Line).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData("{\"content\": T, \"url\": \"x\"}")]
    [InlineData("{\"meta\": {\"text\": 3}, \"raw_content\": T}")]
    [InlineData("  {\"document\": T, \"content_type\": \"text\"}  ")]
    [InlineData("\r{\"text\": T, \"content\": \"özet\"}\r")]
    public void The_usual_names_of_the_text_are_known(string row) =>
        Read("a.jsonl", Lines(text => row.Replace("T", JsonSerializer.Serialize(text), StringComparison.Ordinal)))
            .Should().Equal(Texts);

    [Fact]
    public void Another_name_can_be_given_also_of_an_inner_field()
    {
        var file = _here.Write(
            "a.jsonl", Lines(text => JsonSerializer.Serialize(new { text = "yanlış", data = new { body = text } })));
        DocumentReader.Read(file, "data.body").Select(document => document.Text).Should().Equal(Texts);
    }

    [Fact]
    public void A_list_is_read_element_by_element() =>
        Read("a.json", JsonSerializer.Serialize(
                Texts.Select(text => new { text }), Indented))
            .Should().Equal(Texts);

    [Fact]
    public void Objects_that_span_lines_are_documents_too()
    {
        var indented = Indented;
        Read("a.json", Lines(text => JsonSerializer.Serialize(new { text }, indented))).Should().Equal(Texts);
        Read("a.json", JsonSerializer.Serialize(new { text = Texts[1] }, indented)).Should().Equal(Texts[1]);
    }

    [Theory]
    [InlineData("a.txt.gz", "gzip", false)]
    [InlineData("a.jsonl", "gzip", true)]
    [InlineData("a.zst", "zstd", false)]
    [InlineData("a.txt", "zstd", true)]
    public void Compressed_files_are_decompressed(string name, string method, bool rows)
    {
        var text = rows ? Lines(text => JsonSerializer.Serialize(new { text })) : "bir satır\n\niki\nsatır\n";
        Read(name, Compress(Encoding.UTF8.GetBytes(text), method)).Should().Equal(rows ? Texts : ["bir satır", "iki\nsatır"]);
    }

    [Fact]
    public void Members_and_frames_that_follow_each_other_are_one_file()
    {
        var (first, second) = (Encoding.UTF8.GetBytes("bir\n\ni"), Encoding.UTF8.GetBytes("ki"));
        foreach (var method in new[] { "gzip", "zstd" })
            Read("a", [.. Compress(first, method), .. Compress(second, method)]).Should().Equal("bir", "iki");
    }

    [Theory]
    [InlineData("gzip", 1, "is not complete gzip: it is cut off or damaged.*gzip -t ")]
    [InlineData("gzip", 8, "is not complete gzip: it is cut off or damaged.*gzip -t ")]
    [InlineData("gzip", 3000, "is not complete gzip: it is cut off or damaged.*gzip -t ")]
    [InlineData("zstd", 1, "is not complete Zstandard: it is cut off or damaged.*zstd -t ")]
    [InlineData("zstd", 3000, "is not complete Zstandard: it is cut off or damaged.*zstd -t ")]
    public void Refuses_a_truncated_file(string method, int missing, string message)
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i * 7919L % 10_007}\n"));
        var file = _here.Write("a.gz", Compress(Encoding.UTF8.GetBytes(text), method)[..^missing]);
        var read = () => DocumentReader.Read(file).Count();
        read.Should().Throw<InvalidDataException>().WithMessage($"{file} {message}{file}");
    }

    [Fact]
    public async Task A_row_of_a_table_is_one_document()
    {
        var file = await WriteTable("a.parquet", [.. Texts]);
        DocumentReader.Read(file).Select(document => document.Text).Should().Equal([.. Texts, .. Texts]);
        var null0 = await WriteTable("b.txt", "önce", null);
        var read = () => DocumentReader.Read(null0).Count();
        read.Should().Throw<InvalidDataException>().WithMessage($"{null0}, row 2: \"text\" is null, but it must be a text.");
    }

    [Theory]
    [InlineData("{\"text\": \"iyi\"}\n{\"url\": \"x\", \"id\": 3}", ":2: the row has no text, content, raw_content or document; "
        + "it has the keys url, id. Name the key of the text with --text-field (text_field in a corpus plan).")]
    [InlineData("{\"text\": 3}", ":1: \"text\" is a number, but it must be a text.")]
    [InlineData("{\"text\": null}", ":1: \"text\" is null, but it must be a text.")]
    [InlineData("\n\n{\"text\": [\"a\"]}", ":3: \"text\" is a list, but it must be a text.")]
    [InlineData("{\"text\": \"iyi\"}\n[1]", ":2: the row is a list, but it must be an object with a text.")]
    [InlineData("{\"text\": \"iyi\"}\n{\"text\": \"yarım", ":2: not JSON at byte *")]
    [InlineData("{\"text\": \"iyi \\ud83d\"}", ":1: a string is not text: \\ud83d is half of a surrogate pair.*")]
    [InlineData("{\"text\": \"a\\u0000b\"}", ":1: the text contains U+0000, so it is not text.")]
    [InlineData("{\"messages\": []}", ":1: * it has the key messages. Conversations are for fine-tuning *")]
    public void Refuses_a_row_without_text_and_names_it(string text, string message)
    {
        var file = _here.Write("a.jsonl", text);
        var read = () => DocumentReader.Read(file).Count();
        read.Should().Throw<InvalidDataException>().WithMessage(file + message);
    }

    [Fact]
    public void Rows_without_text_are_skipped_and_counted_on_request()
    {
        var documents = SmallCorpus.Documents(0, 6);
        var good = documents.Select(text => JsonSerializer.Serialize(new { text }) + "\n").ToArray();
        var file = _here.Write(
            "a.jsonl", [.. Encoding.UTF8.GetBytes(good[0] + "{\"text\": \"\\udc00\"}\n{\"id\": 1}\n{\"text\": \"kötü "), 0xFD,
            .. Encoding.UTF8.GetBytes("\"}\n" + string.Concat(good[1..]))]);
        var manifest = Prepare(file, InvalidText.SkipDocument).Manifest;
        manifest.GetExcluded(ExclusionReason.InvalidUtf8).Documents.Should().Be(3);
        manifest.Sources[0].Files[0].FirstInvalidByte.Should().Be(Encoding.UTF8.GetByteCount(good[0]));
        manifest.Read().Documents.Should().Be(9);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>Giriş yapın</p>", "is an HTML page. The download *")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a Git LFS pointer in place of the file. *")]
    [InlineData("%PDF-1.7\n", "is a PDF document. Convert it first: *")]
    [InlineData("PK\u0003\u0004", "is a ZIP archive. Unpack it first: *")]
    public void Refuses_what_is_no_corpus(string content, string message)
    {
        var file = _here.Write("a.txt", content);
        var read = () => DocumentReader.Read(file).Count();
        read.Should().Throw<InvalidDataException>().WithMessage($"{file} {message}");
        var packed = _here.Write("b.txt.gz", Compress(Encoding.UTF8.GetBytes(content), "gzip"));
        read = () => DocumentReader.Read(packed).Count();
        read.Should().Throw<InvalidDataException>()
            .WithMessage($"{packed} is compressed with gzip, and what is inside {message}");
    }

    [Fact]
    public void Equal_text_gives_equal_shards_in_every_format()
    {
        var documents = SmallCorpus.Documents(0, 40);
        var text = Encoding.UTF8.GetBytes(SmallCorpus.Text(documents));
        var rows = Encoding.UTF8.GetBytes(string.Concat(documents.Select(text => JsonSerializer.Serialize(new { text }) + "\n")));
        byte[][] files = [text, Compress(text, "gzip"), Compress(text, "zstd"), rows, Compress(rows, "zstd")];
        var shards = files.Select((bytes, i) =>
        {
            Prepare(_here.Write($"{i}.txt", bytes), InvalidText.Refuse);
            return File.ReadAllBytes(Path.Combine(_here["shards"], "train-00000.tokens"));
        }).ToArray();
        foreach (var other in shards[1..]) other.Should().Equal(shards[0]);
    }

    [Fact]
    public void Files_of_a_directory_that_are_not_read_are_named()
    {
        var documents = SmallCorpus.Documents(0, 20);
        _here.Write("corpus/a.txt", SmallCorpus.Text(documents.Take(10)));
        var rows = documents.Skip(10).Select(text => JsonSerializer.Serialize(new { text }) + "\n");
        _here.Write("corpus/b.jsonl.gz", Compress(Encoding.UTF8.GetBytes(string.Concat(rows)), "gzip"));
        foreach (var name in new[] { "z.md", "in/y.pdf", ".hidden.md" }) _here.Write("corpus/" + name, "metin");
        var report = Prepare(_here["corpus"], InvalidText.Refuse);
        report.Manifest.Read().Documents.Should().Be(20);
        report.Notes.Should().Equal(
            $"2 files in {_here["corpus"]} were not read, because only *.txt, *.jsonl, *.json, *.gz, *.zst or *.parquet files "
                + "are: in/y.pdf, z.md.");
    }

    [Theory]
    [InlineData("eval.json", "{\"data\": [{\"questions\": [{\"q\": TEXT}]}]}")]
    [InlineData("eval.txt", "[\n {\"question\": TEXT, \"id\": 1}\n]")]
    [InlineData("eval.jsonl", "{\"a\": 1}\n{\"b\": {\"c\": [TEXT]}}")]
    public void Texts_to_keep_out_are_found_at_any_depth(string name, string json)
    {
        var documents = SmallCorpus.Documents(0, 20);
        var leak = "Bu soru yalnızca değerlendirme dosyasında bulunan uzun ve özgün bir sorudur değil mi";
        var corpus = _here.Write("a.txt", SmallCorpus.Text([.. documents, leak + " evet öyledir."]));
        var evaluation = _here.Write(name, json.Replace("TEXT", JsonSerializer.Serialize(leak), StringComparison.Ordinal));
        var packed = _here.Write("e.gz", Compress(File.ReadAllBytes(evaluation), "gzip"));
        foreach (var file in new[] { evaluation, packed })
            CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(corpus, _here["shards"], validationShare: 0.3, overwrite: true)
                {
                    EvaluationFiles = [file],
                })
                .Manifest.GetExcluded(ExclusionReason.EvaluationOverlap).Documents.Should().Be(1);
    }

    [Fact]
    public async Task Texts_to_keep_out_are_found_in_tables()
    {
        var leak = "Bu soru yalnızca değerlendirme dosyasında bulunan uzun ve özgün bir sorudur değil mi";
        var corpus = _here.Write("a.txt", SmallCorpus.Text([.. SmallCorpus.Documents(0, 20), leak]));
        var table = await WriteTable("e.parquet", "başka", null, leak);
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(corpus, _here["shards"], validationShare: 0.3)
            {
                EvaluationFiles = [table],
            })
            .Manifest.GetExcluded(ExclusionReason.EvaluationOverlap).Documents.Should().Be(1);
    }

    [Fact]
    public void Refuses_a_half_emoji_in_a_text_to_keep_out()
    {
        var file = _here.Write("e.jsonl", "{\"q\": \"bir\"}\n{\"q\": \"iki \\ud83d\"}\n");
        var corpus = _here.Write("a.txt", SmallCorpus.Text(SmallCorpus.Documents(0, 20)));
        var prepare = () => CorpusPreparation.Prepare(
            SmallCorpus.Tokenizer, new(corpus, _here["shards"]) { EvaluationFiles = [file] });
        prepare.Should().Throw<InvalidDataException>().WithMessage($"{file}:2: a string is not text: \\ud83d is half *");
    }

    [Fact]
    public void Refuses_names_that_are_not_utf8()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no such names.");
        foreach (var (folder, command) in new[]
        {
            ("files", "> $(printf 'm\\375.txt')"), ("folders", "; mkdir $(printf 'k\\375')"),
        })
        {
            _here.Write($"{folder}/a.txt", "iyi");
            RunShell($"cd '{_here[folder]}' && printf x {command}");
            var read = () => DocumentReader.Read(_here[folder]);
            read.Should().Throw<IOException>().WithMessage(
                $"The name of the file {_here[folder]}*\uFFFD* is not UTF-8, so it cannot be opened. Rename it, *convmv *");
            RunShell($"rm -r '{_here[folder]}'");      // .NET cannot delete what it cannot name
        }
    }

    private static void RunShell(string command)
    {
        using var shell = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true })!;
        shell.WaitForExit();
    }

    private static string Lines(Func<string, string> row) => string.Concat(Texts.Select(text => row(text) + "\n"));

    private static byte[] Compress(byte[] content, string method)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = method == "gzip"
            ? new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true)
            : new ZstdSharp.CompressionStream(bytes, leaveOpen: true))
            stream.Write(content);
        return bytes.ToArray();
    }

    private CorpusReport Prepare(string source, InvalidText invalid) => CorpusPreparation.Prepare(
        SmallCorpus.Tokenizer, new(source, _here["shards"], validationShare: 0.3, overwrite: true)
        {
            InvalidText = invalid, NearDuplicateSimilarity = null,
        });

    private IEnumerable<string> Read(string name, string text) => Read(name, Encoding.UTF8.GetBytes(text));

    private IEnumerable<string> Read(string name, byte[] bytes) =>
        DocumentReader.Read(_here.Write(name, bytes)).Select(document => document.Text);

    // Two row groups with the same rows, and a column of numbers before the text.
    private async Task<string> WriteTable(string name, params string?[] texts)
    {
        var (id, text) = (new DataField<int>("id"), new DataField<string>("text"));
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(id, text), bytes))
            for (var group = 0; group < 2; group++)
            {
                using var rows = writer.CreateRowGroup();
                await rows.WriteAsync<int>(id, Enumerable.Range(0, texts.Length).ToArray());
                await rows.WriteAsync(text, texts!);
                rows.CompleteValidate();
            }
        return _here.Write(name, bytes.ToArray());
    }
}
