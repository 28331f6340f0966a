using System.Text;
using FluentAssertions;
using TurkishLlm.Files;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>Text is read as what it is, or refused; no byte becomes U+FFFD.</summary>
public sealed class Utf8StreamTests
{
    private const string Turkish = "Ağrı'da 12 ışıklı köşk: ₺1.250, 😀 ve İĞDİR\r\nson satır ŞÇÖÜ";

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    public void Reads_every_marked_form_as_the_same_text(string encoding, bool hasMark)
    {
        var form = Encoding.GetEncoding(encoding);
        var bytes = (byte[])[.. hasMark ? form.GetPreamble() : [], .. form.GetBytes(Turkish)];
        foreach (var pieces in new[] { 1, 2, 3, 5, 1 << 20 })
            Read(bytes, pieces).Should().Be(Turkish, "{0} bytes arrive at a time", pieces);
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData((1 << 16) - 1)]
    [InlineData(1 << 16)]
    [InlineData((1 << 17) + 1)]
    public void Keeps_characters_that_blocks_cut(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => "aşk😀₺"[..(i % 3 == 0 ? 5 : 3)]));
        Read(Encoding.UTF8.GetBytes(text), 1 << 20).Should().Be(text);
        Read([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(text)], 1 << 20).Should().Be(text);
    }

    [Theory]
    [InlineData(new byte[] { 0xFD }, "byte 0xFD at offset 6 (line 2)*WINDOWS-1254*")]       // ı of Windows-1254
    [InlineData(new byte[] { 0xC3 }, "byte 0xC3 at offset 6 (line 2)*")]                    // cut off
    [InlineData(new byte[] { 0xC0, 0xAF }, "byte 0xC0 at offset 6 (line 2)*")]              // overlong
    [InlineData(new byte[] { 0xED, 0xA0, 0xBD }, "byte 0xED at offset 6 (line 2)*")]        // half a surrogate pair
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, "byte 0xF4 at offset 6 (line 2)*")]  // above U+10FFFF
    [InlineData(new byte[] { 0x62, 0x00, 0x63 }, "byte 0x00 at offset 7 (line 2)*UTF-16LE*")]
    public void Refuses_other_bytes_with_offset_line_and_remedy(byte[] bytes, string expected)
    {
        foreach (var pieces in new[] { 1, 3, 1 << 20 })
        {
            var read = () => Read([.. "ab"u8, 0xC3, 0xA7, (byte)'d', (byte)'\n', .. bytes], pieces);
            read.Should().Throw<InvalidDataException>().WithMessage("rows.txt is not valid UTF-8: " + expected);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00, 0x3D, 0xD8 }, "*not valid UTF-16: byte 0x3D at offset 4*")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00, 0x00, 0xDE, 0x61, 0x00 }, "*not valid UTF-16: byte 0x00 at offset 4*")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00, 0x62 }, "*not valid UTF-16: byte 0x62 at offset 4*")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0x00, 0x61, 0x00, 0x00 }, "*not valid UTF-16: byte 0x00 at offset 4*")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0 }, "rows.txt is UTF-32.*iconv -f UTF-32 *")]
    [InlineData(new byte[] { 0, 0, 0xFE, 0xFF, 0, 0, 0, 0x61 }, "rows.txt is UTF-32.*")]
    public void Refuses_damaged_UTF_16_and_UTF_32(byte[] bytes, string expected)
    {
        var read = () => Read(bytes, 1 << 20);
        read.Should().Throw<InvalidDataException>().WithMessage(expected);
    }

    [Fact]
    public void Gives_what_comes_before_an_invalid_byte_first()
    {
        using var stream = new Utf8Stream(new MemoryStream([.. "satır\n"u8, 0xFF, .. "son"u8]), "rows.txt");
        var buffer = new byte[100];
        Encoding.UTF8.GetString(buffer, 0, stream.Read(buffer)).Should().Be("satır\n");
        var next = () => stream.Read(buffer);
        next.Should().Throw<InvalidDataException>();
    }

    [Theory]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0, 0 }, "*compressed with gzip. Decompress it first: gunzip -k rows.txt")]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 4 }, "*Zstandard*unzstd*")]
    [InlineData(new byte[] { 0x50, 0x41, 0x52, 0x31, 4 }, "*Parquet*")]
    [InlineData(new byte[] { 0x25, 0x50, 0x44, 0x46, 0x2D, 0x31 }, "*PDF*")]
    public void Names_what_is_not_text(byte[] bytes, string expected)
    {
        var read = () => Read(bytes, 1 << 20);
        read.Should().Throw<InvalidDataException>().WithMessage(expected);
    }

    [Fact]
    public void Names_a_Git_LFS_pointer()
    {
        var read = () => Read([.. "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"u8], 1 << 20);
        read.Should().Throw<InvalidDataException>().WithMessage("*Git LFS pointer*git lfs pull*");
    }

    [Fact]
    public void Reads_nothing_from_nothing_and_from_a_mark_alone()
    {
        Read([], 1).Should().BeEmpty();
        Read([0xEF, 0xBB, 0xBF], 1).Should().BeEmpty();
        Read([0xFF, 0xFE], 1).Should().BeEmpty();
    }

    private static string Read(byte[] bytes, int atATime) => TextFile.ReadAllText(new SlowStream(bytes, atATime), "rows.txt");

    private sealed class SlowStream(byte[] bytes, int atATime) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atATime));
    }
}
