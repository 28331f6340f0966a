using System.CommandLine;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--pii</c>: how personal data is handled.</summary>
internal static class PersonalDataOption
{
    /// <param name="what">Plural of what is dropped, such as "documents".</param>
    public static Option<string> Create(string what)
    {
        var option = new Option<string>("--pii")
        {
            Description = $"Keep personal data, mask it with placeholders such as <e-posta>, or drop {what} with it: "
                + "e-mail addresses, telephone, identity, tax and card numbers, Turkish IBANs.",
            HelpName = "keep|mask|drop",
            DefaultValueFactory = _ => "keep",
        };
        option.AcceptOnlyFromAmong("keep", "mask", "drop");
        return option;
    }

    public static PersonalDataAction Read(ParseResult parsed, Option<string> option) =>
        Enum.Parse<PersonalDataAction>(parsed.GetRequiredValue(option), ignoreCase: true);
}
