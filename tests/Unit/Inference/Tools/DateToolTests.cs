using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Inference.Tools;

namespace TurkishLlm.Tests.Unit.Inference.Tools;

[Trait("Suite", "Fast")]
public sealed class DateToolTests
{
    [Theory]
    [InlineData("""{"date":"31.02.2024"}""", "31.02.2024 bir tarih değil: 29.10.1923, 29 Ekim 1923 veya 1923-10-29 gibi yaz.")]
    [InlineData("""{"date":"29 Ekm 1923"}""", "29 Ekm 1923 bir tarih değil: 29.10.1923, 29 Ekim 1923 veya 1923-10-29 gibi yaz.")]
    [InlineData("""{"date":"yarın"}""", "yarın bir tarih değil: 29.10.1923, 29 Ekim 1923 veya 1923-10-29 gibi yaz.")]
    [InlineData("""{"gün":"1"}""", "\"gün\" argümanı bilinmiyor. Bilinenler: date, until.")]
    [InlineData("""{"date":["29.10.1923"]}""", "\"date\" argümanı bir metin olmalıdır.")]
    public async Task Explains_what_is_no_date(string arguments, string reason) =>
        (await FluentActions.Awaiting(() => Ask(arguments)).Should().ThrowAsync<ToolException>()).WithMessage(reason);

    [Theory]
    [InlineData("""{"date":" 5 ARALIK 2025 "}""", "05.12.2025 Cuma")]
    [InlineData("""{"date":"2024-2-29"}""", "29.02.2024 Perşembe")]
    [InlineData("""{"date":"1/8/2026"}""", "01.08.2026 Cumartesi")]
    [InlineData("""{"date":null}""", "02.01.2026 Cuma")]
    [InlineData("""{"until":"31.12.2026"}""", "363 gün")]
    [InlineData("""{"date":"01.01.2026","until":"01.01.2026"}""", "0 gün")]
    public async Task Reads_the_ways_to_write_a_date(string arguments, string answer) =>
        (await Ask(arguments)).Should().Be(answer);

    private static Task<string> Ask(string arguments) =>
        new DateTool(new FixedClock()).InvokeAsync(new(StrictJson.Parse(arguments, "test").RootElement), CancellationToken.None);

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    }
}
