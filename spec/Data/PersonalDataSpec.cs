using System.Text;
using System.Text.RegularExpressions;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Personal data: check digits, what is found, and what is left of it.</summary>
public static partial class PersonalDataSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT50_CheckDigits, DAT51_Findings, DAT52_NothingLeft];

    /// <summary>Decides whether a number is valid.</summary>
    public static readonly Requirement<CheckDigitCase, Func<string, bool>> DAT50_CheckDigits = new()
    {
        Id = "DAT-50",
        Statement = "An identity number, tax number, IBAN or card number is valid if its check digits are right; a number with "
            + "one wrong digit is not.",
        Source = "Rules of the Turkish population and revenue offices; ISO 7064 (modulo 97); ISO/IEC 7812 (Luhn)",
        CanonicalCases =
        [
            new(PersonalDataKind.IdentityNumber), new(PersonalDataKind.TaxNumber), new(PersonalDataKind.Iban),
            new(PersonalDataKind.PaymentCard),
        ],
        Subject = (c, _) => number => IsValid(c.Kind, number),
        Holds = (isValid, c, at) =>
        {
            var valid = c.CreateValid(at.Seed);
            var wrong = valid.SelectMany(CheckDigitCase.CreateWrong).ToArray();
            return Verdict.All(
                Verdict.Equal(valid.Count, valid.Count(isValid), "valid numbers accepted"),
                Verdict.AtLeast(valid.Count * 81, wrong.Length, "wrong numbers"),
                Verdict.AtMost(0, wrong.Count(isValid), "wrong numbers accepted"));
        },
        Impostors = new()
        {
            ["accepts every number of the length"] = (c, _) => number => number.Length == c.Create(1, 0).Length,
            ["accepts none"] = (_, _) => _ => false,
            ["does not look at the last digit"] = (c, _) => number =>
                Enumerable.Range(0, 10).Any(digit => IsValid(c.Kind, FormattableString.Invariant($"{number[..^1]}{digit}"))),
            ["does not look at the fifth digit"] = (c, _) => number =>
                Enumerable.Range(0, 10).Any(digit =>
                    IsValid(c.Kind, FormattableString.Invariant($"{number[..4]}{digit}{number[5..]}"))),
        },
    };

    /// <summary>Masks a text.</summary>
    public static readonly Requirement<MaskCase, Func<string, string>> DAT51_Findings = new()
    {
        Id = "DAT-51",
        Statement = "Personal data in Turkish spellings is masked, also before a suffix; invoice numbers, dates, versions, laws "
            + "and numbers with wrong check digits are not.",
        Source = "Tutorial on fine-tuning, section on InstructGPT: prompts with personal data removed; Turkish law 6698",
        CanonicalCases = MaskCase.Golden,
        Subject = (_, _) => Mask,
        Holds = (mask, c, _) => Verdict.All(c.Texts.Select(pair => Verdict.Equal(pair.Masked, mask(pair.Text), pair.Text))),
        Impostors = new()
        {
            ["masks nothing"] = (_, _) => text => text,
            ["masks every long number"] = (_, _) => text => LongNumber().Replace(Mask(text), "<kimlik-no>"),
            ["needs a space or the end after it"] = (_, _) => text => string.Join(' ', text.Split(' ').Select(word =>
                PersonalDataScanner.Find(word) is [{ } only] && only.Length == word.Length ? Mask(word) : word)),
            ["knows e-mail addresses only"] = (_, _) => text => PersonalDataMask.Apply(
                text, [.. PersonalDataScanner.Find(text).Where(span => span.Kind == PersonalDataKind.Email)]),
            ["takes the suffix with the number"] = (_, _) => text => Suffix().Replace(Mask(text), ">"),
        },
    };

    /// <summary>Masks a text.</summary>
    public static readonly Requirement<PlantedDataCase, Func<string, string>> DAT52_NothingLeft = new()
    {
        Id = "DAT-52",
        Statement = "A mask leaves no part of the personal data, and changes nothing else, with any characters around it.",
        Source = "Spans in UTF-8 used on UTF-16: a mask in the wrong place",
        CanonicalCases =
        [
            new(10, " bilgisi: ", ", sonra"), new(25, "ğ 😀", "('; "), new(15, "\n\"", "\" "),
            new(20, " şu: ", "'dan öğrenildi."),
        ],
        Subject = (_, _) => Mask,
        Holds = (mask, c, at) =>
        {
            var (text, masked) = c.Create(at.Seed);
            return Verdict.Equal(masked, mask(text), "masked text");
        },
        Impostors = new()
        {
            ["leaves the last character"] = (_, _) => text => PersonalDataMask.Apply(
                text, [.. PersonalDataScanner.Find(text).Select(span => span with { Length = span.Length - 1 })]),
            ["takes the character before"] = (_, _) => text => PersonalDataMask.Apply(
                text, [.. PersonalDataScanner.Find(text).Select(span => span with { Start = span.Start - 1 })]),
            ["masks the first finding only"] = (_, _) => text =>
                PersonalDataMask.Apply(text, [.. PersonalDataScanner.Find(text).Take(1)]),
            ["shows the last four characters"] = (_, _) => text => PersonalDataMask.Apply(
                text, [.. PersonalDataScanner.Find(text).Select(span => span with { Length = span.Length - 4 })]),
        },
    };

    private static bool IsValid(PersonalDataKind kind, string number) => kind switch
    {
        PersonalDataKind.IdentityNumber => CheckDigits.IsIdentityNumber(number),
        PersonalDataKind.TaxNumber => CheckDigits.IsTaxNumber(number),
        PersonalDataKind.Iban => CheckDigits.IsTurkishIban(number),
        _ => CheckDigits.HasLuhnDigit(number),
    };

    private static string Mask(string text) => PersonalDataMask.Apply(text, PersonalDataScanner.Find(text));

    [GeneratedRegex(@"\d{10,}")]
    private static partial Regex LongNumber();

    [GeneratedRegex(@">['’]\p{L}+")]
    private static partial Regex Suffix();
}
