using FluentAssertions;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

[Trait("Suite", "Fast")]
public sealed class StreamingDecoderTests
{
    [Fact]
    public void Gives_a_character_when_its_last_byte_comes()
    {
        var decoder = new StreamingDecoder(new Tokenizer([]));
        var given = new Tokenizer([]).EncodeToIds("aş😀").Select(decoder.Push);
        given.Should().Equal("a", "", "ş", "", "", "", "😀");
        decoder.Flush().Should().BeEmpty();
    }

    [Fact]
    public void Gives_the_replacement_character_for_an_unfinished_one_and_resets()
    {
        var decoder = new StreamingDecoder(ByHand);
        decoder.Push(VocabularyLayout.FirstByte + 0xC5).Should().BeEmpty();
        decoder.Flush().Should().Be("\uFFFD");
        decoder.Push(273).Should().Be("cab");
    }

    [Fact]
    public void Gives_special_tokens_by_name() =>
        new StreamingDecoder(ByHand).Push(SpecialTokens.EndOfTurn).Should().Be("<|eot_id|>");
}
