using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Parquet;
using Parquet.Schema;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tests.Unit.Data;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged files of a corpus are read, or refused with a sentence that names them.</summary>
public sealed class CorpusFuzzTests : IDisposable
{
    private static readonly string[] Texts =
        [.. SmallCorpus.Documents(0, 12), "Emoji 🫖 ve\nikinci satır", "çok " + new string('ş', 300)];

    private static readonly int Count = int.TryParse(
        Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var set)
        ? set
        : 300;

    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("text", 1)]
    [InlineData("rows", 2)]
    [InlineData("list", 3)]
    [InlineData("gzip", 4)]
    [InlineData("zstd", 5)]
    [InlineData("table", 6)]
    public async Task Documents_are_read_or_refused(string format, ulong seed)
    {
        var mutator = await CreateMutator(format, seed);
        var accepted = 0;
        for (var i = 0; i < Count; i++)
            if (TryRead(mutator.Next(), i, file =>
            {
                foreach (var document in DocumentReader.Read(file)) RefuseReplaced(document.Text, file);
            }))
                accepted++;
        accepted.Should().BeLessThan(Count, "some damage is an error");
    }

    [Theory]
    [InlineData("rows", 7)]
    [InlineData("list", 8)]
    [InlineData("table", 9)]
    public async Task Texts_to_keep_out_are_read_or_refused(string format, ulong seed)
    {
        var mutator = await CreateMutator(format, seed);
        var corpus = _here.Write("corpus.txt", SmallCorpus.Text(Texts));
        for (var i = 0; i < Count; i++)
            TryRead(mutator.Next(), i, file =>
            {
                try
                {
                    // The output is below a file, so preparation ends when the texts are read.
                    CorpusPreparation.Prepare(
                        SmallCorpus.Tokenizer, new(corpus, Path.Combine(corpus, "out")) { EvaluationFiles = [file] });
                }
                catch (IOException error) when (error is not FileNotFoundException)
                {
                }
            });
    }

    private bool TryRead(byte[] input, int number, Action<string> read)
    {
        var file = _here.Write("damaged.bin", input);
        var watch = Stopwatch.StartNew();
        try
        {
            read(file);
            return true;
        }
        catch (InvalidDataException error)
        {
            error.Message.Should().Contain(file, "input {0} is refused with its name", number).And.MatchRegex(@"[.\w]$");
            return false;
        }
        finally
        {
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), "input {0}", number);
        }
    }

    private static void RefuseReplaced(string text, string file)
    {
        if (!text.Contains('\uFFFD', StringComparison.Ordinal)) return;
        var bytes = File.ReadAllBytes(file);
        var isInFile = bytes.AsSpan().IndexOf("\uFFFD"u8) >= 0
            || Encoding.Latin1.GetString(bytes).Contains("fffd", StringComparison.OrdinalIgnoreCase);
        isInFile.Should().BeTrue("no letter is replaced");
    }

    private static async Task<InputMutator> CreateMutator(string format, ulong seed)
    {
        var text = Encoding.UTF8.GetBytes(SmallCorpus.Text(Texts));
        var rows = Encoding.UTF8.GetBytes(
            string.Concat(Texts.Select(text => JsonSerializer.Serialize(new { id = 1, text }) + "\n")));
        var list = JsonSerializer.SerializeToUtf8Bytes(Texts.Select(text => new { text, tags = new[] { "a", "b" } }));
        byte[][] inputs = format switch
        {
            "text" => [text, [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(SmallCorpus.Text(Texts))]],
            "rows" => [rows],
            "list" => [list],
            "gzip" => [Gzip(text), Gzip(rows), Gzip(list)],
            "zstd" => [Zstandard(text), Zstandard(rows)],
            _ =>
            [
                await Table(CompressionMethod.None), await Table(CompressionMethod.Snappy), await Table(CompressionMethod.Zstd),
            ],
        };
        return new(inputs, seed, "\n\n", "\"text\":", "\\udc00", "{\"text\":\"a\"}\n", "PAR1");
    }

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(content);
        return bytes.ToArray();
    }

    private static byte[] Zstandard(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var zstandard = new ZstdSharp.CompressionStream(bytes, leaveOpen: true)) zstandard.Write(content);
        return bytes.ToArray();
    }

    private static async Task<byte[]> Table(CompressionMethod method)
    {
        var (id, text) = (new DataField<int>("id"), new DataField<string>("text"));
        using var bytes = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(id, text), bytes, new ParquetOptions { CompressionMethod = method }))
            foreach (var group in Texts.Chunk(6))
            {
                using var rows = writer.CreateRowGroup();
                await rows.WriteAsync<int>(id, Enumerable.Range(0, group.Length).ToArray());
                await rows.WriteAsync(text, group);
                rows.CompleteValidate();
            }
        return bytes.ToArray();
    }
}
