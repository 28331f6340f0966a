using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Server.Api;

/// <summary>The field <c>model</c>: the served model, or none.</summary>
internal static class ModelField
{
    /// <exception cref="ApiException">Another model is asked for.</exception>
    public static void Check(RequestFields fields, ServerOptions options)
    {
        if (fields.GetString("model") is { } model && model != options.ModelName)
            throw new ApiException(
                404, $"The model {CompactJson.WriteString(model)} is not served here. Use {options.ModelName}.", "model",
                "model_not_found");
    }
}
