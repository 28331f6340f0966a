using System.Text;
using FluentAssertions;
using TurkishLlm.Files;

namespace TurkishLlm.Tests.Unit.Files;

/// <summary>Files are recognized by what they contain.</summary>
public sealed class FileContentTests
{
    [Theory]
    [InlineData("Ankara'nın ilçeleri: …", FileKind.Text)]
    [InlineData("[1] Kaynakça bölümüne bakınız.", FileKind.Text)]
    [InlineData("[Alkışlar] Sayın Başkan, değerli milletvekilleri", FileKind.Text)]
    [InlineData("{ yorum } diye başlayan bir metin", FileKind.Text)]
    [InlineData("3 elma aldım.", FileKind.Text)]
    [InlineData("\"Gel!\" dedi.", FileKind.Text)]
    [InlineData("{\"text\": \"bir\"}\n{\"text\": \"iki\"}\n", FileKind.JsonLines)]
    [InlineData("\n  {\"text\": \"bir\"}\r\n\r\n{\"text\": \"iki\"}", FileKind.JsonLines)]
    [InlineData("{\"text\": \"bir\"}{\"text\"", FileKind.JsonLines)]
    [InlineData("{\"text\": \"bir\n{\"text\": \"iki\"}\n", FileKind.JsonLines)]
    [InlineData("{\"text\": \"bir\"}\n[1]\n", FileKind.JsonLines)]
    [InlineData("{\"text\": \"bir\"},\n{\"text\": \"iki\"}\n", FileKind.JsonLines)]
    [InlineData("{\"a\": 1} nesnesinin bir anahtarı vardır.", FileKind.Text)]
    [InlineData("{\"a\": 1}\n\nYukarıdaki nesnenin bir anahtarı vardır.", FileKind.Text)]
    [InlineData("{\"text\": \"bir\"}", FileKind.Json)]
    [InlineData("{\"items\": [{\"text\": \"bir\"}, ", FileKind.Json)]
    [InlineData("[{\"text\": \"bir\"}]", FileKind.Json)]
    [InlineData("[[1, 2], [3]]\n", FileKind.Json)]
    [InlineData("<!DOCTYPE HTML>\n<title>Giriş yapın", FileKind.Html)]
    [InlineData("\r\n<HTML lang=\"tr\">", FileKind.Html)]
    [InlineData("<p> etiketi paragraf başlatır.", FileKind.Text)]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", FileKind.GitLfsPointer)]
    [InlineData("version 1.2 notları", FileKind.Text)]
    [InlineData("BZh. kısaltması", FileKind.Text)]
    [InlineData("%PDF-1.7 …", FileKind.Pdf)]
    [InlineData("", FileKind.Empty)]
    public void Is_recognized(string content, FileKind expected)
    {
        FileContent.Detect(Encoding.UTF8.GetBytes(content)).Should().Be(expected);
        if (content.Length > 0) FileContent.Detect([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(content)])
            .Should().Be(content.StartsWith('%') ? FileKind.Text : expected, "a byte order mark changes nothing of text");
    }

    [Fact]
    public void Every_kind_has_a_description_of_its_own() =>
        Enum.GetValues<FileKind>().Select(FileContent.Describe).Should().OnlyHaveUniqueItems();
}
