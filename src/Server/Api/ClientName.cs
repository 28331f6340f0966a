using Microsoft.AspNetCore.Http;

namespace TurkishLlm.Server.Api;

/// <summary>The client of a request, for fair queueing: its address.</summary>
internal static class ClientName
{
    public static string Of(HttpContext context) => $"{context.Connection.RemoteIpAddress} ";
}
