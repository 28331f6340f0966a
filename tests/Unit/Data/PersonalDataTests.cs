using System.Diagnostics;
using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Personal data in texts and corpora. The values are valid by their check digits and belong to no one.</summary>
public sealed class PersonalDataTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("0532 123 45 67")]
    [InlineData("0 532 123 45 67")]
    [InlineData("(0532) 123 45 67")]
    [InlineData("0(532)1234567")]
    [InlineData("0532-123-45-67")]
    [InlineData("0532.123.45.67")]
    [InlineData("0532/123 45 67")]
    [InlineData("05321234567")]
    [InlineData("+905321234567")]
    [InlineData("+90 532 123 4567")]
    [InlineData("(+90) 532 123 45 67")]
    [InlineData("90 532 123 45 67")]
    [InlineData("00905321234567")]
    [InlineData("532 123 45 67")]
    [InlineData("(212) 555 01 23")]
    [InlineData("0212 555 0123")]
    [InlineData("+90\u00A0532\u00A0123\u00A045\u00A067")]
    public void Finds_telephone_numbers_in_every_spelling(string number)
    {
        string[] texts = [$"Beni {number} ile ara.", number, $"Tel:{number}'den", $"“{number}”", $"{number}\n{number}"];
        foreach (var text in texts)
            Mask(text).Should().Be(text.Replace(number, "<telefon>", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("12.05.2024 12:30:45")]
    [InlineData("2024-05-12T10:00:00+0300")]
    [InlineData("512 256 1024 2048")]
    [InlineData("Kanun No. 6098, Madde 49/2, R.G. 4/2/2011-27836")]
    [InlineData("sürüm 10.0.17763.1158")]
    [InlineData("FTR2024000000146")]
    [InlineData("1.000.000.014,60 TL")]
    [InlineData("10000000146000")]
    [InlineData("kod_10000000146")]
    [InlineData("https://ornek.com/kayit/10000000146")]
    [InlineData("#10000000146 ve $10000000146")]
    [InlineData("0800 123 45 67")]
    [InlineData("444 0 123")]
    [InlineData("TR33 0006 1005 1978 6457 8413 27")]
    [InlineData("TRT330006100519786457841326")]
    [InlineData("1234567890123456")]
    [InlineData("kullanıcı@sunucu ve a @ b.com")]
    [InlineData("@ornek.com")]
    [InlineData("")]
    [InlineData("+(")]
    public void Leaves_other_numbers_alone(string text) => Mask(text).Should().Be(text);

    [Theory]
    [InlineData("192.168.1.10", "<ip-adresi>")]
    [InlineData("http://10.0.0.1:8080/a", "http://<ip-adresi>:8080/a")]
    [InlineData("256.1.1.1", "256.1.1.1")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    [InlineData("Sunucu 10.20.30.40'tır.", "Sunucu <ip-adresi>'tır.")]
    public void Finds_addresses_only_if_asked(string text, string masked)
    {
        Mask(text).Should().Be(text);
        PersonalDataMask.Apply(text, PersonalDataScanner.Find(text, findIpAddresses: true)).Should().Be(masked);
    }

    [Fact]
    public void Every_kind_has_a_placeholder_of_its_own_that_is_not_found_again()
    {
        var placeholders = Enum.GetValues<PersonalDataKind>().Select(PersonalDataMask.GetPlaceholder).ToArray();
        placeholders.Should().OnlyHaveUniqueItems();
        PersonalDataScanner.Find(string.Join(' ', placeholders), findIpAddresses: true).Should().BeEmpty();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("a@")]
    [InlineData("a@b.")]
    [InlineData("1.")]
    [InlineData("123 ")]
    [InlineData("TR33 0006 ")]
    [InlineData("+(")]
    [InlineData("0532 123 45 ")]
    [InlineData("vergi 1234567890 ")]
    public void Time_is_linear_in_the_length(string part)
    {
        var (shorter, longer) = (Measure(200_000), Measure(1_600_000));
        longer.Should().BeLessThan(40 * shorter + TimeSpan.FromMilliseconds(200));

        // The shortest of several times: other programs may run.
        TimeSpan Measure(int length)
        {
            var text = string.Concat(Enumerable.Repeat(part, length / part.Length));
            return Enumerable.Range(0, 5).Min(_ =>
            {
                var started = Stopwatch.GetTimestamp();
                PersonalDataScanner.Find(text, findIpAddresses: true);
                return Stopwatch.GetElapsedTime(started);
            });
        }
    }

    [Theory]
    [InlineData(PersonalDataAction.Keep, "ali@ornek.com")]
    [InlineData(PersonalDataAction.Mask, "<e-posta>")]
    [InlineData(PersonalDataAction.Drop, null)]
    public void A_corpus_keeps_masks_or_drops(PersonalDataAction action, string? expected)
    {
        var documents = SmallCorpus.Documents(0, 20);
        string[] texts = [.. documents, $"{documents[3]} Bana ali@ornek.com adresinden ya da 0532 123 45 67'den ulaşın."];
        var tokenizer = ReferenceRun.Conditions.Tokenizer;
        var manifest = CorpusPreparation.Prepare(
            tokenizer,
            new(_here.Write("corpus.txt", SmallCorpus.Text(texts)), _here["shards"], validationShare: 0.3)
            {
                PersonalData = action, NearDuplicateSimilarity = null, ValidationOverlap = 1,
            }).Manifest;
        using var data = TokenDataset.Open(_here["shards"]);
        string[] kept = [.. SmallCorpus.Decoded(data.Train, tokenizer), .. SmallCorpus.Decoded(data.Validation, tokenizer)];

        kept.Should().HaveCount(expected is null ? 20 : 21);
        kept.Count(text => text.Contains("ali@", StringComparison.Ordinal))
            .Should().Be(action == PersonalDataAction.Keep ? 1 : 0);
        if (expected is not null) kept.Should().ContainSingle(text => text.Contains(expected, StringComparison.Ordinal));
        manifest.GetExcluded(ExclusionReason.PersonalData).Documents.Should().Be(expected is null ? 1 : 0);
        ManifestPersonalData[] found = [new(PersonalDataKind.Email, 1), new(PersonalDataKind.Phone, 1)];
        if (action == PersonalDataAction.Keep) manifest.Sources[0].PersonalData.Should().BeNull("nothing is searched");
        else manifest.Sources[0].PersonalData.Should().Equal(found);
        ShardManifest.Read(_here["shards"]).Options.Should().Be(manifest.Options);
    }

    private static string Mask(string text) => PersonalDataMask.Apply(text, PersonalDataScanner.Find(text));
}
