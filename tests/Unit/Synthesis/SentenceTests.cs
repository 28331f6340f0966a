using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class SentenceTests
{
    [Theory]
    [InlineData("Bir. İki! Üç? Dört…", "Bir.|İki!|Üç?|Dört…")]
    [InlineData("Boy 3.002 metredir. Tutar 1.104.495,84 TL'dir.", "Boy 3.002 metredir.|Tutar 1.104.495,84 TL'dir.")]
    [InlineData(
        "Bant, dolgu vb. malzemeler alınır. Bkz. Roller sayfası.", "Bant, dolgu vb. malzemeler alınır.|Bkz. Roller sayfası.")]
    [InlineData("1. Kartı açın.\n2. Alanı yazın.", "1. Kartı açın.|2. Alanı yazın.")]
    [InlineData("Telbükü Kablo A.Ş. Ankara'dadır. Dr. Işık geldi.", "Telbükü Kablo A.Ş. Ankara'dadır.|Dr. Işık geldi.")]
    [InlineData("\"Ne?\" dedi. Sonra 15. adım geldi.", "\"Ne?\"|dedi.|Sonra 15. adım geldi.")]
    [InlineData("Sıcaklık 178'dir. 20 derece düşer.", "Sıcaklık 178'dir.|20 derece düşer.")]
    public void Ends_where_a_reader_would_end_it(string text, string expected) =>
        string.Join('|', Sentences.Split(text)).Should().Be(expected);

    [Fact]
    public void Anchors_are_those_that_the_pages_were_written_with()
    {
        Anchor.FromHeading("Sipariş durum kodları").Should().Be("siparis-durum-kodlari");
        Anchor.FromHeading("XLPE'nin depolanması ve tüketimi").Should().Be("xlpenin-depolanmasi-ve-tuketimi");
        Anchor.FromHeading("IĞDIR İSTASYONU").Should().Be("igdir-istasyonu");
        Anchor.FromHeading("…").Should().Be("bolum");
    }
}
