using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Cli.Data;

/// <summary>Names of the kinds of personal data, for people.</summary>
internal static class PersonalDataNames
{
    /// <summary>Formats a number of findings with its noun: 2 e-mail addresses.</summary>
    public static string Count(PersonalDataKind kind, long count) => kind switch
    {
        PersonalDataKind.Email => Format.Count(count, "e-mail address", "e-mail addresses"),
        PersonalDataKind.Phone => Format.Count(count, "telephone number"),
        PersonalDataKind.IdentityNumber => Format.Count(count, "identity number"),
        PersonalDataKind.TaxNumber => Format.Count(count, "tax number"),
        PersonalDataKind.Iban => Format.Count(count, "IBAN"),
        PersonalDataKind.PaymentCard => Format.Count(count, "card number"),
        _ => Format.Count(count, "IP address", "IP addresses"),
    };
}
