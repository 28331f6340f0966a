using System.Buffers;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;
using ML = Microsoft.ML.Tokenizers;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class MLTokenizerTests
{
    private static readonly ML.Tokenizer Tokenizer = Instance.AsMLTokenizer();

    [Fact]
    public void Gives_the_ids_of_the_BpeTokenizer_of_the_package()
    {
        var theirs = MLTokenizers.CreateBpe(Instance);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "fixtures", "text"), "*.txt"))
            foreach (var line in File.ReadLines(file))
            {
                Tokenizer.EncodeToIds(line).Should().Equal(theirs.EncodeToIds(line), line);
                Tokenizer.CountTokens(line).Should().Be(theirs.CountTokens(line), line);
                theirs.Decode(Tokenizer.EncodeToIds(line)).Should().Be(line);
            }
    }

    [Fact]
    public void Gives_the_ids_of_the_package_without_pre_tokenization()
    {
        var theirs = MLTokenizers.CreateBpe(Instance);
        foreach (var line in (string[])["Ankara'da kitaplar", "a b  c", "ışık ışık", ""])
            Tokenizer.EncodeToIds(line, considerPreTokenization: false)
                .Should().Equal(theirs.EncodeToIds(line, considerPreTokenization: false), line);
    }

    [Fact]
    public void Splits_as_the_tokenizer_does() =>
        Tokenizer.PreTokenizer!.PreTokenize("Ankara'da 12 ev").Should().Equal((0, 6), (6, 3), (9, 3), (12, 3));

    [Fact]
    public void Does_not_normalize()
    {
        Tokenizer.Normalizer.Should().BeNull();
        Tokenizer.EncodeToTokens("u\u0308", out var normalized, considerNormalization: true);
        normalized.Should().BeNull();
    }

    [Fact]
    public void Encodes_no_text_and_no_token()
    {
        Tokenizer.EncodeToIds("").Should().BeEmpty();
        Tokenizer.EncodeToIds("kitap", 0, out _, out var consumed).Should().BeEmpty();
        consumed.Should().Be(0);
        Tokenizer.GetIndexByTokenCountFromEnd("kitap", 0, out _, out _).Should().Be(5);
        Tokenizer.Decode([], [], out _, out _).Should().Be(OperationStatus.Done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Does_not_split_a_character_at_a_limit(bool split)
    {
        var bytes = new Tokenizer([]).AsMLTokenizer();
        bytes.EncodeToIds("a😀b", 4, out _, out var consumed, split).Should().Equal(Byte('a'));
        consumed.Should().Be(1);
        bytes.GetIndexByTokenCount("a😀b", 5, out _, out var count, split).Should().Be(3);
        count.Should().Be(5);
        bytes.GetIndexByTokenCountFromEnd("a😀b", 3, out _, out count, split).Should().Be(3);
        count.Should().Be(1);
    }

    [Fact]
    public void Refuses_ids_outside_of_the_vocabulary_and_negative_limits()
    {
        var buffer = new char[8];
        Tokenizer.Decode([Byte('a'), Instance.VocabularySize], buffer, out var consumed, out var written)
            .Should().Be(OperationStatus.InvalidData);
        (consumed, written, buffer[0]).Should().Be((1, 1, 'a'));
        FluentActions.Invoking(() => Tokenizer.Decode([-1])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Tokenizer.EncodeToIds("a", -1, out _, out _)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Tokenizer.GetIndexByTokenCount("a", -1, out _, out _, considerPreTokenization: false))
            .Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Is_thread_safe()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "fixtures", "text", "news.txt"));
        var expected = lines.Select(line => Tokenizer.EncodeToIds(line)).ToArray();
        Parallel.For(0, 8 * lines.Length, i =>
            Tokenizer.EncodeToIds(lines[i % lines.Length]).Should().Equal(expected[i % lines.Length]));
    }
}
