using System.Text;
using FluentAssertions;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Tests.Unit.Data;

public sealed class DocumentReaderTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Separates_documents_at_blank_lines()
    {
        var file = _here.Write("a.txt", "\n \nBirinci belge\nikinci satırı\n\n\t\u00A0\u3000\r\n\nİkinci belge");

        DocumentReader.Read(file).Should().Equal(
            new Document("Birinci belge\nikinci satırı", file, 3), new Document("İkinci belge", file, 8));
    }

    [Fact]
    public void Reads_the_same_documents_with_any_line_end_and_with_a_byte_order_mark()
    {
        const string text = "Işık söndü.\nKarardı.\n\nÇay içildi.\n";
        var expected = DocumentReader.Read(_here.Write("lf.txt", text)).Select(document => document.Text).ToArray();

        Texts("crlf.txt", text.Replace("\n", "\r\n", StringComparison.Ordinal)).Should().Equal(expected);
        Texts("bom.txt", "\uFEFF" + text).Should().Equal(expected);
        Texts("appended.txt", text + "\n\uFEFF" + text).Should().Equal([.. expected, .. expected]);
        Texts("no-last-newline.txt", text.TrimEnd()).Should().Equal(expected);
        expected.Should().Equal("Işık söndü.\nKarardı.", "Çay içildi.");
    }

    [Fact]
    public void Normalises_to_composed_letters() =>
        Texts("a.txt", "I\u0307zmir'de c\u0327ag\u0306rı").Should().Equal("İzmir'de çağrı");

    [Fact]
    public void Reads_a_directory_recursively_in_ordinal_order()
    {
        foreach (var name in new[] { "ı.txt", "b.txt", "B.txt", "a/z.txt", "a.txt", "not.md", "C.TXT" })
            _here.Write("corpus/" + name, name);

        DocumentReader.Read(_here["corpus"]).Select(document => document.Text)
            .Should().Equal("B.txt", "C.TXT", "a.txt", "a/z.txt", "b.txt", "ı.txt");
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) - 1)]
    [InlineData(3 << 20)]
    public void Reads_lines_longer_than_its_buffer(int bytes)
    {
        var words = string.Concat(Enumerable.Range(0, bytes / 8).Select(i => $"çö{i % 1000:D3} "));
        Texts("long.txt", $"önce\n\n{words}\n\nsonra").Should().Equal("önce", words, "sonra");
    }

    [Fact]
    public void Refuses_a_missing_directory()
    {
        var read = () => DocumentReader.Read(_here["yok"]);
        read.Should().Throw<DirectoryNotFoundException>().WithMessage(
            $"The corpus {_here["yok"]} does not exist. Give a file of text, JSON lines or Parquet, or a "
                + "directory that contains *.txt, *.jsonl, *.json, *.gz, *.zst or *.parquet files.");
    }

    [Fact]
    public void Refuses_a_directory_without_text_files()
    {
        _here.Write("corpus/readme.md", "metin değil");
        var read = () => DocumentReader.Read(_here["corpus"]);
        read.Should().Throw<FileNotFoundException>().WithMessage(
            $"The corpus directory {_here["corpus"]} contains no *.txt, *.jsonl, *.json, *.gz, *.zst or *.parquet file. "
            + "Add text files with blank lines between documents, JSON lines or Parquet, or give another directory.");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \n\r\n\t\n", "only blank lines")]
    public void Refuses_a_file_without_a_document(string text, string what)
    {
        _here.Write("corpus/a.txt", "dolu belge");
        var file = _here.Write("corpus/b.txt", text);
        var read = () => DocumentReader.Read(_here["corpus"]).Count();
        read.Should().Throw<InvalidDataException>().WithMessage(
            $"{file} contains no document: it is {what}. Remove the file, or download it again if the download was interrupted.");
    }

    [Theory]
    [InlineData("düzgün satır\nkötü ", new byte[] { 0xFD, 0x6E }, 23, "0xFD", 2)]      // ı of windows-1254
    [InlineData("", new byte[] { 0xC0, 0x80 }, 0, "0xC0", 1)]                            // overlong zero
    [InlineData("\uFEFFa\n\nb", new byte[] { 0xED, 0xA0, 0x80 }, 7, "0xED", 3)]          // a surrogate
    [InlineData("çayı ", new byte[] { 0xC4 }, 7, "0xC4", 1)]                             // truncated within a letter
    public void Refuses_invalid_utf8_with_its_offset(string before, byte[] bytes, int offset, string shown, int line)
    {
        var file = _here.Write("a.txt", [.. Encoding.UTF8.GetBytes(before), .. bytes]);
        var read = () => DocumentReader.Read(file).Count();
        read.Should().Throw<InvalidDataException>().WithMessage(
            $"{file} is not valid UTF-8: byte {shown} at offset {offset} (line {line}). "
            + "Convert it first, for example: iconv -f WINDOWS-1254 -t UTF-8*");
    }

    [Fact]
    public void Says_the_offset_of_a_bad_byte_behind_the_buffer()
    {
        var good = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("şişe\n", 400_000)));
        var file = _here.Write("a.txt", [.. good, (byte)'x', 0xFF]);
        var read = () => DocumentReader.Read(file).Count();
        read.Should().Throw<InvalidDataException>().WithMessage($"*byte 0xFF at offset {good.Length + 1} (line 400001)*");
    }

    [Fact]
    public void Reads_utf16_with_its_mark_and_refuses_it_without()
    {
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            var text = encoding.GetBytes("ışık\r\n\r\nçay");
            DocumentReader.Read(_here.Write("a.txt", [.. encoding.Preamble, .. text])).Select(document => document.Text)
                .Should().Equal("ışık", "çay");
        }
        var bare = _here.Write("b.txt", Encoding.Unicode.GetBytes("merhaba"));
        var read = () => DocumentReader.Read(bare).Count();
        read.Should().Throw<InvalidDataException>().WithMessage(
            $"{bare} is not valid UTF-8: byte 0x00 at offset 1 (line 1). *iconv -f UTF-16LE -t UTF-8 *");
    }

    private IEnumerable<string> Texts(string name, string text) =>
        DocumentReader.Read(_here.Write(name, text)).Select(document => document.Text);
}
