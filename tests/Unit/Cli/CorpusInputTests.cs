using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// Invalid corpora that <c>tokenizer train</c>, <c>data prepare</c> and <c>demo</c> refuse without leaving files.
/// </summary>
public sealed class CorpusInputTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public Task Refuses_a_corpus_that_is_not_there() => Refuses(_here / "nowhere",
        $"The corpus {_here / "nowhere"} does not exist. Give a file of text, JSON lines or Parquet, or a "
            + "directory that contains *.txt, *.jsonl, *.json, *.gz, *.zst or *.parquet files.");

    [Fact]
    public Task Refuses_an_empty_folder()
    {
        Directory.CreateDirectory(_here / "corpus");
        return Refuses(
            _here / "corpus", $"The corpus directory {_here / "corpus"} contains no *.txt, *.jsonl, *.json, *.gz, *.zst or "
                + "*.parquet file. Add text files with blank lines between documents, JSON lines or Parquet, or give another "
                + "directory.");
    }

    [Fact]
    public Task Refuses_a_folder_without_txt_files()
    {
        _here.Write("corpus/notes.md", "Kablo sarıldı.");
        return Refuses(
            _here / "corpus", $"The corpus directory {_here / "corpus"} contains no *.txt, *.jsonl, *.json, *.gz, *.zst or "
                + "*.parquet file. Add text files with blank lines between documents, JSON lines or Parquet, or give another "
                + "directory.");
    }

    [Fact]
    public async Task Refuses_an_argument_that_is_not_utf8()
    {
        var ran = await CommandLineRunner.Run("tokenizer", "train", _here / "m\uFFFDtin.txt", "-o", _here / "tokenizer");
        Expect(
            ran,
            $"The argument {_here / "m\uFFFDtin.txt"} is not UTF-8. If it names a file, rename the file, for example "
                + "with: convmv -f ISO-8859-9 -t UTF-8 --notest FILE. If it is text, type it in a UTF-8 terminal, or give it in "
                + "a file.");
    }

    [Fact]
    public Task Refuses_an_empty_file()
    {
        var file = _here.Write("corpus/empty.txt", "\n\n");
        return Refuses(
            _here / "corpus",
            $"{file} contains no document: it is only blank lines. Remove the file, or download it again if the "
                + "download was interrupted.");
    }

    [Fact]
    public Task Names_file_and_offset_of_bytes_that_are_not_utf8()
    {
        var file = _here.Write("corpus/windows.txt", [.. "Kablo sarıldı.\n\nMakine "u8, 0xFD, .. "s\u0131nd\u0131.\n"u8]);
        return Refuses(
            _here / "corpus", $"{file} is not valid UTF-8: byte 0xFD at offset 25 (line 3). Convert it first, for example: "
                + "iconv -f WINDOWS-1254 -t UTF-8 windows.txt > windows.utf8.txt");
    }

    [Fact]
    public async Task Refuses_a_vocabulary_that_the_text_cannot_fill()
    {
        var ran = await CommandLineRunner.Run(
            "tokenizer", "train", _here.Write("few.txt", "Küçük bir metin, çok az kelime var.\n"), "-v", "5000", "-o",
            _here / "tokenizer");
        Expect(
            ran, "The text is too small for a vocabulary of 5000: after 3 merges no pair of tokens occurs twice. The "
                + "largest possible vocabulary is 275: use that, or train on more text.",
            "few.txt");
    }

    [Fact]
    public async Task Refuses_a_vocabulary_without_room_for_the_bytes()
    {
        var ran = await CommandLineRunner.Run(
            "tokenizer", "train", _here.Write("few.txt", "Kablo."), "-v", "271", "-o", _here / "tokenizer");
        Expect(ran, "--vocab-size is 271; it must be 272 (16 special tokens and 256 bytes) … 65536, such as 64000.", "few.txt");
    }

    [Fact]
    public async Task The_demo_takes_the_vocabulary_that_the_text_can_fill()
    {
        var corpus = _here.Write("few.txt", "Küçük bir metin, çok az kelime var.\n");
        var ran = await CommandLineRunner.Run("demo", "--corpus", corpus, "--run", _here / "demo");
        Expect(
            ran, "The text is too small for a vocabulary of 2048: after 3 merges no pair of tokens occurs twice. The "
                + "largest possible vocabulary is 275: use that, or train on more text.",
            "few.txt");

        ran = await CommandLineRunner.Run("demo", "--corpus", corpus, "--run", _here / "demo", "--vocab-size", "275");
        ran.Output.Should().Contain("275 tokens");
        ran.FirstError.Should().StartWith($"{corpus} has 1 usable documents of ");
        Directory.Exists(_here / "demo/shards").Should().BeFalse();
    }

    [Fact]
    public async Task The_demo_has_at_least_two_steps()
    {
        var ran = await CommandLineRunner.Run("demo", "--steps", "1", "--run", _here / "demo");
        Expect(ran, "--steps is 1; it must be at least 2 (one warmup step and one more).");
    }

    [Fact]
    public async Task The_demo_does_not_overwrite_other_files()
    {
        var file = _here.Write("work/run/thesis.txt", "yıllarca emek");
        var ran = await CommandLineRunner.Run("demo", "--run", _here / "work");
        Expect(
            ran, $"{_here / "work/run"} contains files that do not belong to a run, and the demo would replace them. "
                + "Choose another folder with --run.",
            "work", "work/run", "work/run/thesis.txt");
        File.ReadAllText(file).Should().Be("yıllarca emek");
    }

    // Both commands and the demo read a corpus.
    private async Task Refuses(string corpus, string message)
    {
        var before = _here.Names().ToArray();
        Expect(
            await CommandLineRunner.Run("tokenizer", "train", corpus, "-v", "300", "-o", _here / "tokenizer"), message, before);
        Expect(
            await CommandLineRunner.Run(
                "data", "prepare", corpus, "-t", ReferenceRun.Plan.Data.Tokenizer, "-o", _here / "shards"),
            message, before);
        Expect(await CommandLineRunner.Run("demo", "--corpus", corpus, "--run", _here / "demo"), message, before);
    }

    private void Expect(CommandLineResult ran, string message, params string[] left)
    {
        ran.Errors.TrimEnd().Should().Be(message);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        _here.Names().Should().Equal(left);
    }
}
